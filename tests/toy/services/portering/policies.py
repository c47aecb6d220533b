"""contacts' discharges → my commands."""

from typing import Any

from services.portering.commands import RequestRide

from shared.contracts.base import Command
from shared.contracts.person_facts import PatientDischarged
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, caused


def _react(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """Whoever is discharged is fetched; what is back-loaded has gone home long ago."""
    fact: PatientDischarged = heard.data
    if fact.historical:
        return []
    ride = RequestRide(
        id=caused(heard, "portering", "request"),
        at=fact.at,
        ride_id=derive(heard.id, "ride"),
        person_id=fact.person_id,
        department=fact.visit.department or "",
    )
    return [ride]


POLICIES = (Policy("fetch", ("contacts",), (PatientDischarged,), _react, "portering"),)
