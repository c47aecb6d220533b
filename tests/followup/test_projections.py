"""Given the events of followup, what a task's row shows; given those of contacts, in which language a page speaks."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.followup.projections import LANGUAGES, TASKS
from shared.contracts.base import changed
from shared.contracts.contacts import PersonDetailsChanged, PersonErased, PersonRegistered
from shared.contracts.facts import Details
from shared.contracts.followup import ReminderDue, SurveyAnswered, SurveyInvited, TaskCancelled, TaskScheduled
from shared.testing import Shows, interleaved

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
DUE = NINE + timedelta(days=7)
UNTIL = DUE + timedelta(days=3)
SCHEDULED = TaskScheduled(at=NINE, person_id="p", task_id="t", enrolment_id="e", step="ask", kind="survey", due=DUE)
CANCELLED = TaskCancelled(at=DUE, person_id="p", task_id="t", reason="readmitted")
REMINDED = ReminderDue(at=DUE, person_id="p", task_id="t", template="m", purpose="care", valid_until=UNTIL)
INVITED = SurveyInvited(
    at=DUE, person_id="p", task_id="t", survey="survey/happy/1", template="ask", purpose="survey", valid_until=UNTIL
)
ANSWERED = SurveyAnswered(
    at=UNTIL, person_id="p", task_id="t", survey="survey/happy/1", score=1, alarm=True, comment="无人理睬"
)
WANG = Details(name="王秀英", language="zh")
REGISTERED = PersonRegistered(at=NINE, person_id="p", details=WANG)
NOW_ENGLISH = PersonDetailsChanged(at=DUE, person_id="p", details=changed(WANG, language="en"), changed=("language",))
ERASED = PersonErased(at=UNTIL, person_id="p", cluster=("p", "q"), keys=("k",), requested_by="clerk")


def task(*events: Any, batch: int = 1000) -> Any:
    return Shows(TASKS).given(*events, batch=batch).document("t")


def test_a_scheduled_task_waits_with_what_it_is_and_when_it_is_due() -> None:
    fields = {"person_id": "p", "kind": "survey", "step": "ask", "enrolment_id": "e", "due": DUE}
    assert task(SCHEDULED) == {**task(SCHEDULED), **fields, "status": "waiting", "changed": NINE}


def test_a_task_shows_the_plan_and_the_department_of_its_enrolment_and_neither_in_old_logs() -> None:
    row = task(changed(SCHEDULED, plan="plan/after-discharge/3", department="CARD"))
    assert (row["plan"], row["department"]) == ("after-discharge", "CARD")
    assert (task(SCHEDULED)["plan"], task(SCHEDULED)["department"]) == ("", "")


def test_a_cancelled_task_says_why() -> None:
    row = task(SCHEDULED, CANCELLED)
    assert (row["status"], row["reason"], row["changed"], row["due"]) == ("cancelled", "readmitted", DUE, DUE)


def test_a_reminder_that_is_due_is_released() -> None:
    row = task(SCHEDULED, REMINDED)
    assert (row["status"], row["changed"], row["kind"]) == ("released", DUE, "survey")
    assert "survey" not in row


def test_a_survey_that_is_due_is_released_with_its_form_and_until_when_it_is_open() -> None:
    row = task(SCHEDULED, INVITED)
    assert (row["status"], row["survey"], row["valid_until"]) == ("released", "survey/happy/1", UNTIL)


def test_an_answered_survey_shows_score_and_alarm_and_keeps_the_comment_in_its_event() -> None:
    row = task(SCHEDULED, INVITED, ANSWERED)
    assert (row["status"], row["score"], row["alarm"], row["changed"]) == ("answered", 1, True, UNTIL)
    assert (row["answer"]["type"], row["survey"]) == (SurveyAnswered.wire, "survey/happy/1")
    assert "comment" not in row


def test_a_task_of_which_only_the_end_is_heard_shows_that() -> None:
    assert task(CANCELLED)["status"] == "cancelled"


def test_each_task_has_a_row_of_its_own() -> None:
    shows = Shows(TASKS).given(SCHEDULED, changed(SCHEDULED, task_id="u"), changed(CANCELLED, task_id="u"))
    assert (shows.document("t")["status"], shows.document("u")["status"]) == ("waiting", "cancelled")


@given(st.integers(1, 3))
def test_batches_do_not_change_a_task(batch: int) -> None:
    assert task(SCHEDULED, INVITED, ANSWERED, batch=batch) == task(SCHEDULED, INVITED, ANSWERED)


def test_the_language_of_a_person_is_the_one_told_last() -> None:
    shows = Shows(LANGUAGES).given(REGISTERED)
    assert shows.document("p")["language"] == "zh"
    assert shows.given(NOW_ENGLISH).document("p")["language"] == "en"


def test_nothing_is_left_of_the_language_of_anybody_erased() -> None:
    shows = Shows(LANGUAGES).given(REGISTERED, ERASED)
    assert [shows.document(id)["language"] for id in ("p", "q")] == [None, None]


@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_what_is_told_of_somebody_erased_in_another_topic_changes_nothing(chance: random.Random, batch: int) -> None:
    shows = Shows(LANGUAGES)
    contacts = [shows.item(event) for event in (REGISTERED, NOW_ENGLISH)]
    shows.fold(interleaved([contacts, [shows.item(ERASED)]], chance), batch)
    assert {**shows.document("p"), "language": None, "erased": True} == shows.document("p")
