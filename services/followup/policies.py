"""contacts' facts → my commands."""

from typing import Any

from services.followup.commands import HandOver, StartPlans, StopPlans, TakeBack, TakeOver
from shared.contracts.base import Command
from shared.contracts.contacts import PersonsMerged, PersonsUnmerged
from shared.contracts.followup import TasksHandedOver
from shared.contracts.person_facts import PatientAdmitted, PatientDied, PatientDischarged, VisitCancelled
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused

Heard = PatientDischarged | PatientAdmitted | PatientDied | VisitCancelled


def _react(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """A discharge starts plans; an admission, a death, an undone discharge or visit stops what is still to come."""
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
            reason = "discharge-undone" if fact.undoes == "discharge" else "visit-cancelled"
            return [_stop(heard, reason, fact.visit.visit_id)] if fact.undoes != "transfer" else []


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


def _merge(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """One human, one reminder: a merge brings what is to come together, an unmerge takes it apart again."""
    event: PersonsMerged | PersonsUnmerged = heard.data
    if isinstance(event, PersonsMerged):
        id = caused(heard, "merge", event.merged_id)
        return [HandOver(id=id, at=event.at, person_id=event.merged_id, to_person=event.person_id)]
    apart = event.separated_id
    back = TakeBack(id=caused(heard, "take-back", apart), at=event.at, person_id=apart)
    id = caused(heard, "merge", event.person_id)
    return [HandOver(id=id, at=event.at, person_id=event.person_id, to_person=apart, taken_from=apart), back]


def _take(heard: Envelope[TasksHandedOver], definitions: Definitions) -> list[Command]:
    handed = heard.data
    return [
        TakeOver(
            id=caused(heard, "take", handed.to_person),
            at=handed.at,
            person_id=handed.to_person,
            from_person=handed.person_id,
            enrolments=handed.enrolments,
        )
    ]


MERGE = Policy("merge", ("contacts-registry",), (PersonsMerged, PersonsUnmerged), _merge, "followup")
TAKE = Policy("take", ("followup",), (TasksHandedOver,), _take, "followup")
POLICIES = (FOLLOW, MERGE, TAKE)
