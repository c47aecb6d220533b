"""Rules of the decider of rides."""

from datetime import UTC, datetime, timedelta

from services.portering.commands import FireTimer, RequestRide, TakeRide
from services.portering.domain import DECIDER
from shared.contracts.portering import RideLate, RideRequested, RideTaken

from shared.testing import Spec

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)
REQUESTED = RideRequested(at=NOON, ride_id="r", person_id="p", department="CARD")
LATE = FireTimer(id="f", at=LATER, ride_id="r", timer_id="t", version=1, due=LATER)
RULES = Spec(DECIDER)


def test_a_ride_is_requested_once() -> None:
    again = RequestRide(id="c", at=NOON, ride_id="r", person_id="p", department="CARD")
    RULES.given(REQUESTED).when(again).then_nothing()


def test_a_ride_that_no_porter_accepted_in_time_is_late() -> None:
    RULES.given(REQUESTED).when(LATE).then(RideLate(at=LATER, ride_id="r", person_id="p", due=LATER))


def test_an_accepted_ride_is_never_late() -> None:
    RULES.given(REQUESTED, RideTaken(at=NOON, ride_id="r", person_id="p", porter="wu")).when(LATE).then_nothing()


def test_an_unknown_ride_cannot_be_accepted() -> None:
    RULES.when(TakeRide(id="c", at=NOON, ride_id="r", porter="wu")).rejected("ride-unknown")
