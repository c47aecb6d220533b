"""Published by his_adapter's watches: a hospital system that should be speaking is silent, or speaks again."""

from typing import Any, ClassVar

from shared.contracts import timers
from shared.contracts.base import Event, Moment


class WatchEvent(Event):
    """Keyed by watch. `source` and `types` are what is watched."""

    key_field: ClassVar[str] = "watch"

    watch: str
    source: str
    types: tuple[str, ...] = ()


class SourceFellSilent(WatchEvent):
    """Nothing came for `minutes` of watched time since `since`: `staff` are to be told, by `template`.

    After `valid_until` it is not worth telling; in old logs that is two days later.
    """

    wire: ClassVar[str] = "careloop.his-watches.source_fell_silent.v1"

    since: Moment
    minutes: int
    staff: tuple[str, ...] = ()
    template: str = ""
    valid_until: Moment | None = None

    @property
    def message_values(self) -> dict[str, Any]:
        """What the message to its staff may say of it."""
        types, since = ", ".join(self.types), self.since.isoformat(timespec="minutes")
        return {"source": self.source, "types": types, "minutes": self.minutes, "since": since}


class SourceHeardAgain(WatchEvent):
    """It speaks again."""

    wire: ClassVar[str] = "careloop.his-watches.source_heard_again.v1"

    silent_since: Moment


class TimerSet(timers.TimerSet):
    """When the source will have been silent for too long: it was `heard` last then, of what `definition` watches."""

    wire: ClassVar[str] = "careloop.his-watches.timer_set.v1"
    key_field: ClassVar[str] = "watch"
    watch: str
    heard: Moment
    definition: str
