"""Policies of portering."""

from datetime import UTC, datetime

from services.portering.policies import POLICIES

from shared.contracts.facts import Visit
from shared.contracts.person_facts import PatientDischarged
from shared.testing import Reacts

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
HOME = PatientDischarged(at=NOON, person_id="p", source_key="k", visit=Visit(visit_id="v", department="CARD"))


def test_a_discharge_requests_a_ride() -> None:
    [ride] = Reacts(POLICIES).to(HOME).commands
    assert (ride.person_id, ride.department) == ("p", "CARD")
