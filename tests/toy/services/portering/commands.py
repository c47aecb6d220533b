"""Commands of portering, and the timer types of its decider."""

from typing import ClassVar

from shared.contracts.portering import TimerCancelled, TimerSet

from shared.contracts import timers
from shared.contracts.base import Command


class RideCommand(Command):
    """A command about one ride. Topic key: `ride_id`."""

    key_field: ClassVar[str] = "ride_id"

    ride_id: str


class RequestRide(RideCommand):
    """Request a porter for a discharged patient."""

    wire: ClassVar[str] = "careloop.portering.request_ride.v1"

    person_id: str
    department: str


class TakeRide(RideCommand):
    """Accept a ride for `porter` (the name of the caller)."""

    wire: ClassVar[str] = "careloop.portering.take_ride.v1"

    porter: str


class FireTimer(RideCommand, timers.FireTimer):
    """The ride's timer fired: mark the ride late unless a porter accepted it."""

    wire: ClassVar[str] = "careloop.portering.fire_timer.v1"


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)

PorteringCommand = RequestRide | TakeRide | FireTimer
