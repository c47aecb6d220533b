"""Policies: `PatientDischarged` of contacts → `RequestRide`."""

from typing import Any

from services.portering.commands import RequestRide

from shared.contracts.base import Command
from shared.contracts.person_facts import PatientDischarged
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, caused


def _react(envelope: Envelope[Any], definitions: Definitions) -> list[Command]:
    """Request a ride for a discharge. Discharges from back-loaded history are skipped: those patients already left."""
    fact: PatientDischarged = envelope.data
    if fact.historical:
        return []
    ride = RequestRide(
        id=caused(envelope, "portering", "request"),
        at=fact.at,
        ride_id=derive(envelope.id, "ride"),
        person_id=fact.person_id,
        department=fact.visit.department or "",
    )
    return [ride]


POLICIES = (Policy("fetch", ("contacts",), (PatientDischarged,), _react, "portering"),)
