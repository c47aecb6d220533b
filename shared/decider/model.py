"""What a service hands to the runtime: two pure functions and a first state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from shared.contracts.base import Part
from shared.contracts.timers import TimerTypes
from shared.definitions import Definitions

S = TypeVar("S")


class Parted(Part):
    """State that would outgrow one record of a checkpoint: its `parts` are written apart, each when it changed.

    A part's value is replaced, never changed in place; the field that holds them is left out of dumps.
    """

    part: ClassVar[type[Part]]
    """What a part is stored as."""

    def parts(self) -> Mapping[str, Any]:
        """Name → value of each part."""
        raise NotImplementedError

    @staticmethod
    def stored(part: Any) -> Part:
        """A part's value as it is stored."""
        raise NotImplementedError

    def joined(self, parts: Mapping[str, Part]) -> Self:
        """This state with its parts put back."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rule said no. `slug` is for machines (`case-already-closed`), `detail` is a sentence for people."""

    slug: str
    detail: str


@dataclass(frozen=True, slots=True)
class Decider(Generic[S]):
    """`decide(command, state, definitions)` gives events, none (no-op) or a `Rejection`; `evolve` applies one.

    `state_version` changes whenever stored state would no longer mean the same. `state` is the model that
    checkpoints hold; None means that a checkpoint holds no state and every recovery replays the events.
    `remembered` is how many of its latest commands an aggregate can answer again: a cache for clients that ask twice,
    no promise. What a policy sends again is known by its origin, and a client's old wish by what exists already.
    `timers` are its timers' types where it wants to be woken: the processor role of its service keeps them.
    """

    name: str
    initial: Callable[[], S]
    decide: Callable[[Any, S, Definitions], "Sequence[Any] | Rejection"]
    evolve: Callable[[S, Any], S]
    state_version: int = 1
    state: type[Part] | None = None
    partitions: int | None = None
    remembered: int = 64
    timers: TimerTypes[Any, Any] | None = None
