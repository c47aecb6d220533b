"""Events that portering publishes: rides of discharged patients from their ward to the exit."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts import timers
from shared.contracts.base import Event
from shared.contracts.timeline import Timeline


class RideEvent(Event):
    """An event of one ride. Topic key: `ride_id`."""

    key_field: ClassVar[str] = "ride_id"

    ride_id: str
    person_id: str


class RideRequested(RideEvent):
    """A discharged patient needs a porter."""

    wire: ClassVar[str] = "careloop.portering.ride_requested.v1"

    department: str = ""


class RideTaken(RideEvent):
    """A porter accepted the ride."""

    wire: ClassVar[str] = "careloop.portering.ride_taken.v1"

    porter: str


class RideLate(RideEvent):
    """No porter had accepted the ride by `due`."""

    wire: ClassVar[str] = "careloop.portering.ride_late.v1"

    due: AwareDatetime


class TimerSet(timers.TimerSet):
    """The timer that marks a ride as late was started."""

    wire: ClassVar[str] = "careloop.portering.timer_set.v1"
    key_field: ClassVar[str] = "ride_id"
    ride_id: str


class TimerCancelled(timers.TimerCancelled):
    """A porter accepted the ride, so its timer was stopped."""

    wire: ClassVar[str] = "careloop.portering.timer_cancelled.v1"
    key_field: ClassVar[str] = "ride_id"
    ride_id: str


TIMELINE = Timeline("portering", 4, tuple(RideEvent.__subclasses__()))
