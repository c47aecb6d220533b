"""contacts' facts → my commands."""

from typing import Any, assert_never

from services.followup.commands import ForgetPerson, LearnHuman, StartPlans, StopPlans, TakeOver
from services.followup.settling import CANCELLED
from shared.contracts.base import Command
from shared.contracts.contacts import PersonForgotten
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.followup import TasksHandedOver
from shared.contracts.person_facts import PatientAdmitted, PatientDischarged, VisitCancelled
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused

Heard = PatientDischarged | PatientAdmitted | VisitCancelled


def _react(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """A discharge starts plans; an admission, an undone discharge or visit stops what began before it.

    What is new goes to the lead of the human, what ends reaches every record.
    """
    fact: Heard = heard.data
    if fact.historical:
        return []
    match fact:
        case PatientDischarged():
            return [_start(heard)]
        case PatientAdmitted():
            return _stops(heard, "readmitted", spares=fact.visit.visit_id)
        case VisitCancelled(undoes="transfer"):
            return []
        case VisitCancelled():
            reason = "discharge-undone" if fact.undoes == "discharge" else CANCELLED
            return _stops(heard, reason, visit_id=fact.visit.visit_id)
        case _:
            assert_never(fact)


def _start(heard: Envelope[PatientDischarged]) -> StartPlans:
    fact = heard.data
    return StartPlans(
        id=caused(heard, "followup", "start"),
        at=fact.at,
        person_id=fact.human.lead if fact.human else fact.person_id,
        cause_id=heard.id,
        visit_id=fact.visit.visit_id,
        department=fact.visit.department,
        doctor=fact.visit.doctor,
        patient_class=fact.visit.patient_class,
        about=fact.person_id,
        order=heard.sequence,
        human=fact.human,
        diagnoses=tuple(d.code for d in fact.diagnoses if d.code),
    )


def _stops(heard: Envelope[Any], reason: str, visit_id: str | None = None, spares: str = "") -> list[Command]:
    fact: Heard = heard.data
    return [
        StopPlans(
            id=caused(heard, "followup", f"{reason}/{person}" if person != fact.person_id else reason),
            at=fact.at,
            person_id=person,
            reason=reason,
            visit_id=visit_id,
            about=fact.person_id,
            order=heard.sequence,
            spares=spares,
            human=fact.human,
        )
        for person in (fact.human.members if fact.human else (fact.person_id,))
    ]


def _learn(heard: Envelope[PersonStandingChanged], definitions: Definitions) -> list[Command]:
    """Whose record this is, and whether they live: death ends everything, until it is taken back."""
    event = heard.data
    return [
        LearnHuman(
            id=caused(heard, "learn"), at=event.at, person_id=event.person_id, human=event.human, dead=event.dead
        )
    ]


def _forget(heard: Envelope[PersonForgotten], definitions: Definitions) -> list[Command]:
    return [ForgetPerson(id=caused(heard, "forget"), at=heard.data.at, person_id=heard.data.person_id)]


def _take(heard: Envelope[TasksHandedOver], definitions: Definitions) -> list[Command]:
    handed = heard.data
    return [
        TakeOver(
            id=caused(heard, "take", handed.to_person),
            at=handed.at,
            person_id=handed.to_person,
            from_person=handed.person_id,
            enrolments=handed.enrolments,
            human=handed.human,
            stops=handed.stops,
            barred=handed.barred,
        )
    ]


POLICIES = (
    Policy("follow", ("contacts",), (PatientDischarged, PatientAdmitted, VisitCancelled), _react, "followup"),
    Policy("learn", ("contacts",), (PersonStandingChanged,), _learn, "followup"),
    Policy("forget", ("contacts",), (PersonForgotten,), _forget, "followup"),
    Policy("take", ("followup",), (TasksHandedOver,), _take, "followup"),
)
