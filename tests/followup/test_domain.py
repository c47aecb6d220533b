"""Plans, tasks and answers, as a specification."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.followup.commands import AnswerSurvey, FireTimer, StartPlans, StopPlans
from services.followup.definitions import Plan, Step, Survey
from services.followup.domain import DECIDER, due_at
from shared.contracts.followup import (
    EnrolledInPlan,
    NoPlanMatched,
    ReminderDue,
    SurveyAnswered,
    SurveyInvited,
    TaskCancelled,
    TaskScheduled,
    TimerCancelled,
    TimerSet,
)
from shared.definitions import Definitions
from shared.testing import Spec

ZONE = "Asia/Shanghai"
DISCHARGED = datetime(2026, 3, 12, 15, 0, tzinfo=ZoneInfo(ZONE))
REMINDER = Step(id="medicine", kind="reminder", after_days=1, at=time(9), template="medicine", purpose="care")
ASK = Step(id="ask", kind="survey", after_days=7, at=time(10), template="ask", purpose="survey", survey="happy")
PLAN = Plan(id="heart", version=3, when="discharge.department == 'CARD'", zone=ZONE, steps=(REMINDER, ASK))
SURVEY = Survey(id="happy", version=1, question={"zh": "满意吗？"}, scale=5, alarm_at=2)
RULES = Spec(DECIDER, Definitions.of(PLAN, SURVEY))
START = StartPlans(id="c1", at=DISCHARGED, person_id="p", cause_id="e1", visit_id="v1", department="CARD")
ENROLLED = RULES.when(START).events
SECOND = START.model_copy(update={"id": "c2", "visit_id": "v2", "cause_id": "e2"})
TASKS = [event for event in ENROLLED if isinstance(event, TaskScheduled)]


def fire(task: TaskScheduled, version: int = 1) -> FireTimer:
    return FireTimer(id="f", at=task.due, person_id="p", timer_id=task.task_id, version=version, due=task.due)


def answer(score: int, comment: str | None = None) -> AnswerSurvey:
    at = TASKS[1].due + timedelta(hours=1)
    return AnswerSurvey(id=f"a{score}", at=at, person_id="p", task_id=TASKS[1].task_id, score=score, comment=comment)


ASKED = [*ENROLLED, *RULES.given(*ENROLLED).when(fire(TASKS[1])).events]


def test_a_discharge_enrols_in_the_plan_of_its_department() -> None:
    RULES.when(START).then_only(EnrolledInPlan, TaskScheduled, TimerSet, TaskScheduled, TimerSet)
    assert ENROLLED[0].plan == "plan/heart/3"


def test_the_reminder_is_due_the_next_morning_at_nine_hospital_time() -> None:
    assert TASKS[0].due.isoformat() == "2026-03-13T09:00:00+08:00"


def test_the_survey_is_due_on_day_seven() -> None:
    assert TASKS[1].due.isoformat() == "2026-03-19T10:00:00+08:00"


def test_a_discharge_late_in_the_evening_utc_counts_by_the_hospitals_day() -> None:
    late = datetime.fromisoformat("2026-03-12T17:30:00+00:00")  # already the 13th in Shanghai
    assert due_at(late, REMINDER, ZONE).isoformat() == "2026-03-14T09:00:00+08:00"


def test_a_discharge_that_no_plan_fits_is_told_not_swallowed() -> None:
    [event] = RULES.when(START.model_copy(update={"department": "ORTH"})).events
    assert event == NoPlanMatched(
        at=DISCHARGED, person_id="p", cause_id="e1", department="ORTH", considered=("plan/heart/3",)
    )


def test_a_draft_plan_enrols_nobody() -> None:
    draft = Spec(DECIDER, Definitions.of(PLAN.model_copy(update={"status": "draft"})))
    draft.when(START).then_only(NoPlanMatched)


def test_the_same_visit_enrols_once() -> None:
    RULES.given(*ENROLLED).when(START.model_copy(update={"id": "again"})).then_nothing()


def test_another_visit_enrols_again() -> None:
    again = SECOND
    assert len(RULES.given(*ENROLLED).when(again).events) == 5


def test_a_timer_makes_the_reminder_due() -> None:
    due = RULES.given(*ENROLLED).when(fire(TASKS[0])).one(ReminderDue)
    assert due.valid_until == TASKS[0].due + timedelta(hours=12)
    assert due.department == "CARD"


def test_a_timer_that_is_no_longer_current_does_nothing() -> None:
    RULES.given(*ENROLLED).when(fire(TASKS[0], version=0)).then_nothing()


def test_a_timer_fires_once() -> None:
    history = RULES.given(*ENROLLED)
    history.when(fire(TASKS[0])).then_only(ReminderDue)
    history.when(fire(TASKS[0])).then_nothing()


def test_readmission_stops_what_is_still_to_come() -> None:
    stop = StopPlans(id="s", at=DISCHARGED + timedelta(days=2), person_id="p", reason="readmitted")
    reminded = [*ENROLLED, *RULES.given(*ENROLLED).when(fire(TASKS[0])).events]
    cancelled = RULES.given(*reminded).when(stop).then_only(TaskCancelled, TimerCancelled).events
    assert cancelled[0].task_id == TASKS[1].task_id


def test_an_undone_discharge_stops_only_its_own_visit() -> None:
    other = RULES.given(*ENROLLED).when(SECOND).events
    stop = StopPlans(id="s", at=DISCHARGED, person_id="p", reason="discharge-undone", visit_id="v2")
    cancelled = RULES.given(*ENROLLED, *other).when(stop).events
    mine = {event.task_id for event in other if isinstance(event, TaskScheduled)}
    assert {event.task_id for event in cancelled if isinstance(event, TaskCancelled)} == mine


def test_a_discharge_after_an_undone_one_is_followed_again() -> None:
    stop = StopPlans(id="s", at=DISCHARGED, person_id="p", reason="discharge-undone", visit_id="v1")
    undone = [*ENROLLED, *RULES.given(*ENROLLED).when(stop).events]
    again = START.model_copy(update={"id": "c2", "cause_id": "e2"})
    found = RULES.given(*undone).when(again)
    found.then_only(EnrolledInPlan, TaskScheduled, TimerSet, TaskScheduled, TimerSet)
    assert {e.task_id for e in found.events if isinstance(e, TaskScheduled)}.isdisjoint(t.task_id for t in TASKS)


def test_two_people_with_equal_visit_numbers_have_tasks_of_their_own() -> None:
    other = [e for e in RULES.when(START.model_copy(update={"person_id": "q"})).events if isinstance(e, TaskScheduled)]
    assert {e.task_id for e in other}.isdisjoint(t.task_id for t in TASKS)


def test_a_cancelled_task_never_fires() -> None:
    stop = StopPlans(id="s", at=DISCHARGED, person_id="p", reason="died")
    history = [*ENROLLED, *RULES.given(*ENROLLED).when(stop).events]
    RULES.given(*history).when(fire(TASKS[0])).then_nothing()


def test_the_survey_goes_out_with_the_version_in_force() -> None:
    invited = RULES.given(*ENROLLED).when(fire(TASKS[1])).one(SurveyInvited)
    assert invited.survey == "survey/happy/1"
    assert invited.valid_until == TASKS[1].due + timedelta(days=14)


def test_a_survey_that_is_not_published_is_told_not_lost() -> None:
    without = Spec(DECIDER, Definitions.of(PLAN))
    [event] = without.given(*ENROLLED).when(fire(TASKS[1])).events
    assert event.reason == "survey-not-published:happy"


@pytest.mark.parametrize(("score", "alarm"), [(1, True), (2, True), (3, False), (5, False)])
def test_an_answer_at_or_below_the_threshold_raises_the_alarm(score: int, alarm: bool) -> None:
    answered = RULES.given(*ASKED).when(answer(score, "…")).one(SurveyAnswered)
    assert (answered.alarm, answered.department, answered.comment) == (alarm, "CARD", "…")


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_off_the_scale_is_rejected(score: int) -> None:
    RULES.given(*ASKED).when(answer(score)).rejected("score-invalid")


def test_a_survey_is_answered_once() -> None:
    history = RULES.given(*ASKED)
    history.when(answer(1)).then_only(SurveyAnswered)
    history.when(answer(5)).rejected("survey-answered")


def test_a_survey_that_was_not_sent_cannot_be_answered() -> None:
    RULES.given(*ENROLLED).when(answer(3)).rejected("survey-not-open")
