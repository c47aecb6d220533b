"""Published by his_adapter's watches: a hospital system fell silent, or sends again."""

from typing import Any, ClassVar

from shared.contracts import timers
from shared.contracts.base import Event, Moment


class WatchEvent(Event):
    """Base of watch events, keyed by watch. `source` and `types`: what is watched."""

    key_field: ClassVar[str] = "watch"

    watch: str
    source: str
    types: tuple[str, ...] = ()


class SourceFellSilent(WatchEvent):
    """No message came for `minutes` of watched time since `since`: notify `staff` with `template`.

    After `valid_until` the message is dropped; None in old logs means two days later.
    """

    wire: ClassVar[str] = "careloop.his-watches.source_fell_silent.v1"

    since: Moment
    minutes: int
    staff: tuple[str, ...] = ()
    template: str = ""
    valid_until: Moment | None = None

    @property
    def message_values(self) -> dict[str, Any]:
        """The values that the message to the staff may use."""
        types, since = ", ".join(self.types), self.since.isoformat(timespec="minutes")
        return {"source": self.source, "types": types, "minutes": self.minutes, "since": since}


class SourceHeardAgain(WatchEvent):
    """The source sends again."""

    wire: ClassVar[str] = "careloop.his-watches.source_heard_again.v1"

    silent_since: Moment


class TimerSet(timers.TimerSet):
    """Sets the timer for when the source counts as silent. `heard`: its last message; `definition`: the watch."""

    wire: ClassVar[str] = "careloop.his-watches.timer_set.v1"
    key_field: ClassVar[str] = "watch"
    watch: str
    heard: Moment
    definition: str
