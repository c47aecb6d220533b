"""Given what contacts tells of a person, what followup starts, stops, learns and forgets."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from services.followup.commands import ForgetPerson, LearnHuman, StartPlans, StopPlans, TakeOver
from services.followup.policies import POLICIES
from shared.contracts.base import changed
from shared.contracts.contacts import Human, PersonForgotten
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.facts import Coded, Visit
from shared.contracts.followup import EnrolmentBarred, HandedEnrolment, HandedTask, Stop, TasksHandedOver
from shared.contracts.person_facts import PatientAdmitted, PatientDischarged, VisitCancelled
from shared.policy import caused
from shared.testing import Reacts, envelope

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
REACTS = Reacts(POLICIES)
ONE = Human(lead="q", members=("q", "p"), version=5)
STAY = Visit(visit_id="v1", number="V1", patient_class="inpatient", department="CARD", doctor="D1")
HEART = (Coded(code="I21.9", text="急性心肌梗死"), Coded(text="胸痛"), Coded(code="E11"))
DISCHARGED = PatientDischarged(at=NINE, person_id="p", source_key="k", visit=STAY, diagnoses=HEART)
ADMITTED = PatientAdmitted(at=NINE, person_id="p", source_key="k", visit=STAY)
UNDONE = VisitCancelled(at=NINE, person_id="p", source_key="k", visit=STAY, undoes="discharge")


def test_a_discharge_starts_plans_for_the_person() -> None:
    REACTS.to(DISCHARGED, sequence=7).then(
        StartPlans(
            id=caused(envelope(DISCHARGED, 7), "followup", "start"),
            at=NINE,
            person_id="p",
            cause_id=envelope(DISCHARGED, 7).id,
            visit_id="v1",
            department="CARD",
            doctor="D1",
            patient_class="inpatient",
            about="p",
            order=7,
            diagnoses=("I21.9", "E11"),
        )
    )


def test_a_discharge_under_any_record_starts_plans_for_the_lead_of_the_human() -> None:
    started = REACTS.to(changed(DISCHARGED, human=ONE)).one(StartPlans)
    assert (started.person_id, started.about, started.human) == ("q", "p", ONE)


def test_a_discharge_of_somebody_erased_starts_plans_without_a_diagnosis() -> None:
    forgotten = changed(DISCHARGED, diagnoses=(Coded(), Coded()))
    assert REACTS.to(forgotten).one(StartPlans).diagnoses == ()


@pytest.mark.parametrize("fact", [DISCHARGED, ADMITTED, UNDONE])
def test_what_is_history_starts_and_stops_nothing(fact: Any) -> None:
    REACTS.to(changed(fact, historical=True)).then_nothing()


def test_an_admission_stops_what_began_before_it_but_nothing_of_its_own_stay() -> None:
    REACTS.to(ADMITTED, sequence=8).then(
        StopPlans(
            id=caused(envelope(ADMITTED, 8), "followup", "readmitted"),
            at=NINE,
            person_id="p",
            reason="readmitted",
            about="p",
            order=8,
            spares="v1",
        )
    )


def test_what_stops_plans_stops_them_under_every_record_of_the_human() -> None:
    admission = changed(ADMITTED, human=ONE)
    common = {"at": NINE, "reason": "readmitted", "about": "p", "order": 1, "spares": "v1", "human": ONE}
    ids = {
        person: caused(envelope(admission), "followup", name)
        for person, name in (("q", "readmitted/q"), ("p", "readmitted"))
    }
    REACTS.to(admission).then(
        *(StopPlans.model_validate({"id": ids[person], "person_id": person, **common}) for person in ("q", "p"))
    )


def test_a_discharge_that_did_not_happen_stops_the_plans_of_its_visit() -> None:
    REACTS.to(UNDONE).then(
        StopPlans(
            id=caused(envelope(UNDONE), "followup", "discharge-undone"),
            at=NINE,
            person_id="p",
            reason="discharge-undone",
            visit_id="v1",
            about="p",
            order=1,
        )
    )


@pytest.mark.parametrize("undoes", ["admission", "registration"])
def test_a_visit_that_did_not_happen_stops_its_plans(undoes: Literal["admission", "registration"]) -> None:
    stopped = REACTS.to(changed(UNDONE, undoes=undoes)).one(StopPlans)
    assert (stopped.reason, stopped.visit_id, stopped.spares) == ("visit-cancelled", "v1", "")


def test_a_transfer_that_did_not_happen_stops_nothing() -> None:
    REACTS.to(changed(UNDONE, undoes="transfer")).then_nothing()


@pytest.mark.parametrize("dead", [True, False])
def test_what_holds_for_a_human_is_learned_under_this_record(dead: bool) -> None:
    standing = PersonStandingChanged(at=NINE, person_id="p", human=ONE, dead=dead)
    REACTS.to(standing).then(
        LearnHuman(id=caused(envelope(standing), "learn"), at=NINE, person_id="p", human=ONE, dead=dead)
    )


def test_a_person_whom_contacts_forgot_is_forgotten() -> None:
    forgotten = PersonForgotten(at=NINE, person_id="p")
    REACTS.to(forgotten).then(ForgetPerson(id=caused(envelope(forgotten), "forget"), at=NINE, person_id="p"))


def test_what_one_record_hands_over_the_other_takes_whole() -> None:
    task = HandedTask(step="ask", kind="survey", due=NINE + timedelta(days=7))
    enrolment = HandedEnrolment(
        enrolment_id="e", plan="plan/heart/3", cause_id="c", visit_id="v1", department="CARD", tasks=(task,)
    )
    stop = Stop(about="p", reason="readmitted", before=NINE)
    barred = EnrolmentBarred(
        at=NINE,
        person_id="p",
        cause_id="c",
        visit_id="v2",
        department="CARD",
        plans=("plan/heart/3",),
        about="p",
        began=NINE,
        reason="died",
    )
    handed = TasksHandedOver(
        at=NINE, person_id="p", to_person="q", enrolments=(enrolment,), human=ONE, stops=(stop,), barred=(barred,)
    )
    REACTS.to(handed).then(
        TakeOver(
            id=caused(envelope(handed), "take", "q"),
            at=NINE,
            person_id="q",
            from_person="p",
            enrolments=(enrolment,),
            human=ONE,
            stops=(stop,),
            barred=(barred,),
        )
    )
