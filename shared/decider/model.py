"""The interface between a service and the runtime: two pure functions and an initial state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from shared.contracts.base import Part
from shared.contracts.timers import TimerTypes
from shared.definitions import Definitions

S = TypeVar("S")


class Parted(Part):
    """State that would outgrow one checkpoint record: its `parts` are stored separately, each when it changed.

    The value of a part is replaced, never changed in place; the field with the parts is left out of dumps.
    """

    part: ClassVar[type[Part]]
    """The model that a part is stored as."""

    def parts(self) -> Mapping[str, Any]:
        """Name → value of each part."""
        raise NotImplementedError

    @staticmethod
    def stored(part: Any) -> Part:
        """The value of a part as it is stored."""
        raise NotImplementedError

    def joined(self, parts: Mapping[str, Part]) -> Self:
        """This state with its parts."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Rejection:
    """A command was rejected. `slug`: for programs (`case-already-closed`); `detail`: a sentence for people."""

    slug: str
    detail: str


@dataclass(frozen=True, slots=True)
class Decider(Generic[S]):
    """`decide(command, state, definitions)` returns events, none (no-op) or a `Rejection`; `evolve` applies an event.

    `state_version` must change when stored state would mean something else. `state`: the model of checkpointed state;
    None means that every recovery replays all events. `remembered`: how many of its latest commands an aggregate can
    answer again, a cache for clients that repeat a request. Repeats of policies are detected by their origin, older
    repeats of clients by what exists already. `timers`: the types of its timers, which the processor role of its
    service keeps.
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
