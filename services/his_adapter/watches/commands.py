"""Commands of the watches decider."""

from typing import ClassVar

from shared.contracts import timers
from shared.contracts.base import Command, Moment
from shared.contracts.his_watches import TimerSet


class WatchCommand(Command):
    """Base of the commands; the key is the id of the watch."""

    key_field: ClassVar[str] = "watch"

    watch: str


class Observe(WatchCommand):
    """A version of a watch is in force.

    Older versions set `heard`, the time of its source's last message in the read model. Commands of releases before the
    decider had timers have `silent_since` instead of `version`, and change nothing.
    """

    wire: ClassVar[str] = "careloop.his-watches.observe.v1"

    version: int = 0
    heard: Moment | None = None
    silent_since: Moment | None = None


class HearSource(WatchCommand):
    """A message of the watched source was recorded at `at`."""

    wire: ClassVar[str] = "careloop.his-watches.hear_source.v1"


class FireTimer(WatchCommand, timers.FireTimer):
    """The source may have been silent for too long."""

    wire: ClassVar[str] = "careloop.his-watches.fire_timer.v1"


TIMERS: timers.TimerTypes[TimerSet, timers.TimerCancelled] = timers.TimerTypes(TimerSet, None, FireTimer)

WatchesCommand = Observe | HearSource | FireTimer
