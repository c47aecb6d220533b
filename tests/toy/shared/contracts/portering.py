"""Published by portering: rides of patients who leave."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts import timers
from shared.contracts.base import Event
from shared.contracts.timeline import Timeline


class RideEvent(Event):
    """Keyed by ride."""

    key_field: ClassVar[str] = "ride_id"

    ride_id: str
    person_id: str


class RideRequested(RideEvent):
    """Somebody is to be fetched."""

    wire: ClassVar[str] = "careloop.portering.ride_requested.v1"

    department: str = ""


class RideTaken(RideEvent):
    """A porter is on the way."""

    wire: ClassVar[str] = "careloop.portering.ride_taken.v1"

    porter: str


class RideLate(RideEvent):
    """Nobody took it on by `due`."""

    wire: ClassVar[str] = "careloop.portering.ride_late.v1"

    due: AwareDatetime


class TimerSet(timers.TimerSet):
    """When a ride is late."""

    wire: ClassVar[str] = "careloop.portering.timer_set.v1"
    key_field: ClassVar[str] = "ride_id"
    ride_id: str


class TimerCancelled(timers.TimerCancelled):
    """It was taken on."""

    wire: ClassVar[str] = "careloop.portering.timer_cancelled.v1"
    key_field: ClassVar[str] = "ride_id"
    ride_id: str


TIMELINE = Timeline("portering", 4, tuple(RideEvent.__subclasses__()))
