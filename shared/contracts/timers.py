"""Timers are events of the service that sets them; its processor (Faust) watches the clock.

A decider with timers has three types of its own, each with a wire type and the aggregate's key: subclasses of
`TimerSet` and `TimerCancelled` in its contract, of `FireTimer` among its commands. `TimerTypes` groups them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import AwareDatetime

from shared.contracts.base import Command, Event


class TimerSet(Event):
    """Send the command type `command` to the aggregate at `due`. A higher `version` replaces a lower one."""

    timer_id: str
    version: int
    due: AwareDatetime
    command: str


class TimerCancelled(Event):
    """Cancel the timer: versions up to `version` are void."""

    timer_id: str
    version: int


class FireTimer(Command):
    """Sent by a processor when a timer is due. `due`: the time that was set; `at`: when it fired."""

    timer_id: str
    version: int
    due: AwareDatetime


S = TypeVar("S", bound=TimerSet)
C = TypeVar("C", bound=TimerCancelled)


@dataclass(frozen=True, slots=True)
class TimerTypes(Generic[S, C]):
    """The timer types of one decider: set, cancelled (None if it never cancels) and the command that is fired."""

    set: type[S]
    cancelled: type[C] | None
    fire: type[FireTimer]

    @property
    def events(self) -> tuple[type[Event], ...]:
        """The events that the processor consumes."""
        return (self.set, self.cancelled) if self.cancelled else (self.set,)

    def wake(self, at: datetime, key: str, timer_id: str, version: int, due: datetime, **more: object) -> S:
        """The event that sets a timer of the aggregate `key` for `due`; `more`: further fields of `set`."""
        about: dict[str, Any] = {self.set.key_field: key, **more}
        return self.set(at=at, timer_id=timer_id, version=version, due=due, command=self.fire.wire, **about)

    def cancel(self, at: datetime, key: str, timer_id: str, version: int) -> C:
        """The event that cancels a timer of the aggregate `key`."""
        assert self.cancelled is not None
        return self.cancelled(at=at, timer_id=timer_id, version=version, **{self.cancelled.key_field: key})
