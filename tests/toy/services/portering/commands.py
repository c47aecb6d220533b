"""What portering can be asked to do."""

from typing import ClassVar

from shared.contracts.portering import TimerCancelled, TimerSet

from shared.contracts import timers
from shared.contracts.base import Command


class RideCommand(Command):
    """Keyed by ride."""

    key_field: ClassVar[str] = "ride_id"

    ride_id: str


class RequestRide(RideCommand):
    """Somebody is to be fetched."""

    wire: ClassVar[str] = "careloop.portering.request_ride.v1"

    person_id: str
    department: str


class TakeRide(RideCommand):
    """A porter takes it on."""

    wire: ClassVar[str] = "careloop.portering.take_ride.v1"

    porter: str


class FireTimer(RideCommand, timers.FireTimer):
    """Nobody took it in time."""

    wire: ClassVar[str] = "careloop.portering.fire_timer.v1"


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)

PorteringCommand = RequestRide | TakeRide | FireTimer
