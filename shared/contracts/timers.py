"""Timers are events of the service that wants to be woken; its processor watches the clock (Faust).

A decider that wants to be woken has three types of its own, each with a wire type and the aggregate's key: subclasses
of `TimerSet` and `TimerCancelled` in its contract, of `FireTimer` among its commands. `TimerTypes` ties them together.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import AwareDatetime

from shared.contracts.base import Command, Event


class TimerSet(Event):
    """Wake the aggregate at `due` with the command type `command`. A higher `version` replaces a lower one."""

    timer_id: str
    version: int
    due: AwareDatetime
    command: str


class TimerCancelled(Event):
    """Do not wake; versions up to `version` are void."""

    timer_id: str
    version: int


class FireTimer(Command):
    """What a processor sends when a timer is due. `due` is when it was meant, `at` when it came."""

    timer_id: str
    version: int
    due: AwareDatetime


S = TypeVar("S", bound=TimerSet)
C = TypeVar("C", bound=TimerCancelled)


@dataclass(frozen=True, slots=True)
class TimerTypes(Generic[S, C]):
    """The events that set and cancel the timers of one decider (None: it cancels none), and the command they fire."""

    set: type[S]
    cancelled: type[C] | None
    fire: type[FireTimer]

    @property
    def events(self) -> tuple[type[Event], ...]:
        """What the processor reads."""
        return (self.set, self.cancelled) if self.cancelled else (self.set,)

    def wake(self, at: datetime, key: str, timer_id: str, version: int, due: datetime, **more: object) -> S:
        """At `at` it is decided that the aggregate `key` is to be woken at `due`; `more` are fields of `set` itself."""
        about: dict[str, Any] = {self.set.key_field: key, **more}
        return self.set(at=at, timer_id=timer_id, version=version, due=due, command=self.fire.wire, **about)

    def cancel(self, at: datetime, key: str, timer_id: str, version: int) -> C:
        """At `at` it is decided that the aggregate `key` need not be woken."""
        assert self.cancelled is not None
        return self.cancelled(at=at, timer_id=timer_id, version=version, **{self.cancelled.key_field: key})
