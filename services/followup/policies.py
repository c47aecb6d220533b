"""contacts' facts → my commands."""

from typing import Any

from services.followup.commands import StartPlans, StopPlans
from shared.contracts.base import Command
from shared.contracts.person_facts import PatientAdmitted, PatientDied, PatientDischarged, VisitCancelled
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused

Heard = PatientDischarged | PatientAdmitted | PatientDied | VisitCancelled


def _react(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """A discharge starts plans; an admission, a death or an undone discharge stops what is still to come."""
    fact: Heard = heard.data
    if fact.historical:
        return []
    match fact:
        case PatientDischarged():
            return [_start(heard)]
        case PatientAdmitted():
            return [_stop(heard, "readmitted")]
        case PatientDied():
            return [_stop(heard, "died")]
        case VisitCancelled():
            return [_stop(heard, "discharge-undone", fact.visit.visit_id)] if fact.undoes == "discharge" else []


def _start(heard: Envelope[PatientDischarged]) -> StartPlans:
    fact = heard.data
    return StartPlans(
        id=caused(heard, "followup", "start"),
        at=fact.at,
        person_id=fact.person_id,
        cause_id=heard.id,
        visit_id=fact.visit.visit_id,
        department=fact.visit.department,
        doctor=fact.visit.doctor,
        patient_class=fact.visit.patient_class,
        diagnoses=tuple(d.code for d in fact.diagnoses if d.code),
    )


def _stop(heard: Envelope[Any], reason: str, visit_id: str | None = None) -> StopPlans:
    return StopPlans(
        id=caused(heard, "followup", reason),
        at=heard.data.at,
        person_id=heard.data.person_id,
        reason=reason,
        visit_id=visit_id,
    )


FOLLOW = Policy(
    "follow", ("contacts",), (PatientDischarged, PatientAdmitted, PatientDied, VisitCancelled), _react, "followup"
)
POLICIES = (FOLLOW,)
