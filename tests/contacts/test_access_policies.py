"""Which relations of staff to a person follow from visits, touchpoints, cases and tasks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contacts.access.commands import EndRelations, NoteRelation
from services.contacts.access.policies import AHEAD, RELATE
from shared.contracts.base import Event
from shared.contracts.complaints import CaseAssigned, CaseEscalated, CaseOpened, CaseResolved
from shared.contracts.contacts import TouchpointRecorded
from shared.contracts.contacts_access import Campus
from shared.contracts.facts import Appointment, Visit
from shared.contracts.followup import (
    HandedEnrolment,
    ReminderDue,
    SurveyAnswered,
    SurveyInvited,
    TaskCancelled,
    TaskScheduled,
    TasksHandedOver,
)
from shared.contracts.person_facts import AppointmentBooked, PatientDischarged, PatientTransferred
from shared.definitions import Definitions
from shared.testing import RECORDED, Reacts

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
DAY = timedelta(days=1)
EAST = Definitions.of(Campus(id="east", version=1, sources=("HIS/EAST",)))
OF: dict[str, Any] = {"at": NINE, "person_id": "p"}
CASE: dict[str, Any] = {**OF, "case_id": "c"}
TASK: dict[str, Any] = {**OF, "task_id": "t"}
OPENED = CaseOpened(
    **CASE, category="complaint", severity="low", source="desk", source_id="s", department="CARD", description="慢"
)
INVITED = SurveyInvited(
    **TASK, survey="survey/s/1", template="m", purpose="survey", valid_until=NINE + 7 * DAY, department="CARD"
)


def commands(event: Event, definitions: Definitions = EAST) -> list[Any]:
    return Reacts([RELATE], definitions).to(event).commands


def noted(event: Event) -> NoteRelation:
    [only] = commands(event)
    assert isinstance(only, NoteRelation)
    assert (only.person_id, only.at) == ("p", NINE)
    return only


def over(event: Event) -> list[str]:
    ended = commands(event)
    assert all(isinstance(each, EndRelations) for each in ended)
    return [each.about for each in ended]


def test_a_visit_ties_its_department_at_the_campus_of_its_sending_system() -> None:
    fact = PatientDischarged(
        **OF, source_key="k", source_system="HIS/EAST", visit=Visit(visit_id="v", department="CARD")
    )
    relation = noted(fact)
    assert (relation.kind, relation.department, relation.campus, relation.seen) == ("treated", "CARD", "east", NINE)
    [elsewhere] = commands(fact, Definitions())
    assert (elsewhere.campus, elsewhere.relation_id) == ("HIS/EAST", ("treated", "HIS EAST", "CARD"))


def test_a_transfer_ties_both_departments() -> None:
    fact = PatientTransferred(
        **OF, source_key="k", visit=Visit(visit_id="v", department="NEUR"), from_department="CARD"
    )
    assert [each.department for each in commands(fact)] == ["CARD", "NEUR"]


def test_an_appointment_ties_its_department_until_it_was_and_no_wrong_clock_for_ever() -> None:
    for starts, last_seen in ((NINE + 5 * DAY, NINE + 5 * DAY), (NINE + 4000 * DAY, RECORDED + AHEAD), (None, NINE)):
        booked = Appointment(appointment_id="a", starts=starts, department="CARD")
        assert noted(AppointmentBooked(**OF, source_key="k", appointment=booked)).seen == last_seen


@pytest.mark.parametrize(("channel", "kind"), [("phone", "call"), ("desk", "call"), ("wechat", "thread")])
def test_who_was_in_touch_with_them_is_tied(channel: Any, kind: str) -> None:
    touch = TouchpointRecorded(
        **OF, touchpoint_id="t", channel=channel, direction="inbound", agent="li", department="HOT"
    )
    relation = noted(touch)
    assert (relation.kind, relation.staff, relation.department) == (kind, ("li",), "HOT")


def test_a_touchpoint_that_names_nobody_ties_nobody() -> None:
    assert commands(TouchpointRecorded(**OF, touchpoint_id="t", channel="phone", direction="inbound")) == []


def test_a_case_ties_its_department_who_works_on_it_and_whom_it_went_up_to_until_it_is_settled() -> None:
    opened = noted(OPENED)
    assigned = noted(CaseAssigned(**CASE, assignee="li", assigned_by="wu"))
    higher = noted(CaseEscalated(**CASE, level=1, role="head", escalated_to=("chen",), template="t", reason="breached"))
    assert [each.relation_id for each in (opened, assigned, higher)] == [
        ("case", "c"),
        ("case", "c"),
        ("case", "c", "1"),
    ]
    assert (opened.department, assigned.staff, higher.staff) == ("CARD", ("li",), ("chen",))
    assert over(CaseResolved(**CASE, resolved_by="li", resolution="said sorry")) == ["c"]


def test_a_case_that_went_up_to_nobody_ties_nobody() -> None:
    assert commands(CaseEscalated(**CASE, level=1, role="head", escalated_to=(), template="t", reason="x")) == []


def test_a_step_of_a_plan_ties_the_department_of_its_enrolment() -> None:
    relation = noted(TaskScheduled(**TASK, enrolment_id="e", step="ask", kind="survey", due=NINE, department="CARD"))
    assert (relation.relation_id, relation.department, relation.until) == (("task", "e", "t"), "CARD", None)


def test_a_survey_that_was_sent_is_open_as_long_as_it_may_be_answered() -> None:
    ends, begins = commands(INVITED)
    assert (ends.about, begins.relation_id, begins.until) == ("t", ("task", "survey", "t"), INVITED.valid_until)


def test_a_step_that_is_done_called_off_or_handed_over_ties_nobody_any_more() -> None:
    handed = HandedEnrolment(enrolment_id="e", plan="plan/x/1", cause_id="c", visit_id="v", department="CARD", tasks=())
    assert over(TaskCancelled(**TASK, reason="died")) == ["t"]
    assert over(ReminderDue(**TASK, template="m", purpose="care", valid_until=NINE)) == ["t"]
    assert over(SurveyAnswered(**TASK, survey="survey/s/1", score=5, alarm=False)) == ["t"]
    assert over(TasksHandedOver(**OF, to_person="q", enrolments=(handed,))) == ["e"]


def test_old_logs_are_read_from_their_beginning() -> None:
    assert (RELATE.begins, RELATE.own_group) == ("beginning", "relate")
