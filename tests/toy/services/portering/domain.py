"""The decider of rides. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from services.portering.commands import TIMERS, FireTimer, PorteringCommand, RequestRide, TakeRide
from services.portering.definitions import Lateness
from shared.contracts.portering import RideLate, RideRequested, RideTaken, TimerCancelled, TimerSet

from shared.contracts.base import Part, changed
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.ids import derive

MINUTES = 30
"""After how many minutes a ride is late where no `lateness` definition is published."""

PorteringEvent = RideRequested | RideTaken | RideLate | TimerSet | TimerCancelled


class Ride(Part):
    """State of a ride. `person_id` is empty before the request, `porter` until a porter accepts."""

    person_id: str = ""
    porter: str = ""


def decide(command: PorteringCommand, ride: Ride, definitions: Definitions) -> Sequence[PorteringEvent] | Rejection:
    """Handle a command. A repeated request and a second porter change nothing; an accepted ride is never late."""
    match command:
        case RequestRide():
            return [] if ride.person_id else _request(command, definitions)
        case TakeRide() if not ride.person_id:
            return Rejection("ride-unknown", f"there is no ride {command.ride_id}")
        case TakeRide():
            return [] if ride.porter else _take(command, ride)
        case FireTimer():
            return [] if ride.porter else [_late(command, ride)]
        case _:
            assert_never(command)


def _request(c: RequestRide, definitions: Definitions) -> list[PorteringEvent]:
    lateness = next(iter(definitions.current(Lateness)), None)
    due = c.at + timedelta(minutes=lateness.minutes if lateness else MINUTES)
    timer = TIMERS.wake(c.at, c.ride_id, derive(c.ride_id, "late"), 1, due)
    return [RideRequested(at=c.at, ride_id=c.ride_id, person_id=c.person_id, department=c.department), timer]


def _take(c: TakeRide, ride: Ride) -> list[PorteringEvent]:
    timer = TIMERS.cancel(c.at, c.ride_id, derive(c.ride_id, "late"), 1)
    return [RideTaken(at=c.at, ride_id=c.ride_id, person_id=ride.person_id, porter=c.porter), timer]


def _late(c: FireTimer, ride: Ride) -> RideLate:
    return RideLate(at=c.at, ride_id=c.ride_id, person_id=ride.person_id, due=c.due)


def evolve(ride: Ride, event: PorteringEvent) -> Ride:
    """Apply an event to the state that `decide` reads."""
    match event:
        case RideRequested():
            return changed(ride, person_id=event.person_id)
        case RideTaken():
            return changed(ride, porter=event.porter)
        case RideLate() | TimerSet() | TimerCancelled():
            return ride
        case _:
            assert_never(event)


DECIDER = Decider(name="portering", initial=Ride, decide=decide, evolve=evolve, state=Ride, timers=TIMERS)
