"""The read model of rides."""

from datetime import UTC, datetime

from services.portering.projections import RIDES
from shared.contracts.portering import RideLate, RideRequested

from shared.testing import Shows

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def test_a_late_ride_keeps_its_status_requested() -> None:
    requested = RideRequested(at=NOON, ride_id="r", person_id="p", department="CARD")
    ride = Shows(RIDES).given(requested, RideLate(at=NOON, ride_id="r", person_id="p", due=NOON)).document("r")
    assert (ride["status"], ride["late"]) == ("requested", True)
