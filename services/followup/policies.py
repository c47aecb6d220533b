"""Policies: events of contacts → commands of followup."""

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

StayFact = PatientDischarged | PatientAdmitted | VisitCancelled


def _start_or_stop_plans(envelope: Envelope[Any], definitions: Definitions) -> list[Command]:
    """A discharge starts plans; an admission, an undone discharge or a cancelled visit stops earlier ones.

    A start goes to the lead of the human, a stop to every record. Historical facts start and stop nothing.
    """
    fact: StayFact = envelope.data
    if fact.historical:
        return []
    match fact:
        case PatientDischarged():
            return [_start(envelope)]
        case PatientAdmitted():
            return _stops(envelope, "readmitted", spares=fact.visit.visit_id)
        case VisitCancelled(undoes="transfer"):
            return []
        case VisitCancelled():
            reason = "discharge-undone" if fact.undoes == "discharge" else CANCELLED
            return _stops(envelope, reason, visit_id=fact.visit.visit_id)
        case _:
            assert_never(fact)


def _start(envelope: Envelope[PatientDischarged]) -> StartPlans:
    fact = envelope.data
    return StartPlans(
        id=caused(envelope, "followup", "start"),
        at=fact.at,
        person_id=fact.human.lead if fact.human else fact.person_id,
        cause_id=envelope.id,
        visit_id=fact.visit.visit_id,
        department=fact.visit.department,
        doctor=fact.visit.doctor,
        patient_class=fact.visit.patient_class,
        about=fact.person_id,
        order=envelope.sequence,
        human=fact.human,
        diagnoses=tuple(d.code for d in fact.diagnoses if d.code),
    )


def _stops(envelope: Envelope[Any], reason: str, visit_id: str | None = None, spares: str = "") -> list[Command]:
    fact: StayFact = envelope.data
    return [
        StopPlans(
            id=caused(envelope, "followup", f"{reason}/{person}" if person != fact.person_id else reason),
            at=fact.at,
            person_id=person,
            reason=reason,
            visit_id=visit_id,
            about=fact.person_id,
            order=envelope.sequence,
            spares=spares,
            human=fact.human,
        )
        for person in (fact.human.members if fact.human else (fact.person_id,))
    ]


def _learn(envelope: Envelope[PersonStandingChanged], definitions: Definitions) -> list[Command]:
    """Pass on the human of a record and whether they are dead. A death cancels everything until it is withdrawn."""
    event = envelope.data
    return [
        LearnHuman(
            id=caused(envelope, "learn"), at=event.at, person_id=event.person_id, human=event.human, dead=event.dead
        )
    ]


def _forget(envelope: Envelope[PersonForgotten], definitions: Definitions) -> list[Command]:
    return [ForgetPerson(id=caused(envelope, "forget"), at=envelope.data.at, person_id=envelope.data.person_id)]


def _take(envelope: Envelope[TasksHandedOver], definitions: Definitions) -> list[Command]:
    handed = envelope.data
    return [
        TakeOver(
            id=caused(envelope, "take", handed.to_person),
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
    Policy(
        "follow", ("contacts",), (PatientDischarged, PatientAdmitted, VisitCancelled), _start_or_stop_plans, "followup"
    ),
    Policy("learn", ("contacts",), (PersonStandingChanged,), _learn, "followup"),
    Policy("forget", ("contacts",), (PersonForgotten,), _forget, "followup"),
    Policy("take", ("followup",), (TasksHandedOver,), _take, "followup"),
)
