"""Plans, tasks and answers, as a specification."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.followup.commands import AnswerSurvey, FireTimer, ForgetPerson, LearnHuman, StartPlans, StopPlans
from services.followup.definitions import Plan, Step, Survey
from services.followup.domain import DECIDER
from services.followup.enrolling import due_at
from shared.contracts.base import changed
from shared.contracts.contacts import Human
from shared.contracts.followup import (
    EnrolledInPlan,
    EnrolmentBarred,
    HumanLearned,
    NoPlanMatched,
    PlansStopped,
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
SECOND = changed(START, id="c2", visit_id="v2", cause_id="e2")
TASKS = [event for event in ENROLLED if isinstance(event, TaskScheduled)]


def fire(task: TaskScheduled, version: int = 1) -> FireTimer:
    return FireTimer(id="f", at=task.due, person_id="p", timer_id=task.task_id, version=version, due=task.due)


def answer(score: int, comment: str | None = None) -> AnswerSurvey:
    at = TASKS[1].due + timedelta(hours=1)
    return AnswerSurvey(id=f"a{score}", at=at, person_id="p", task_id=TASKS[1].task_id, score=score, comment=comment)


ASKED = [*ENROLLED, *RULES.given(*ENROLLED).when(fire(TASKS[1])).events]


def test_a_discharge_enrols_in_the_plan_of_its_department() -> None:
    RULES.when(START).then_only(EnrolledInPlan, TaskScheduled, TaskScheduled, TimerSet, TimerSet)
    assert ENROLLED[0].plan == "plan/heart/3"


def test_a_task_carries_the_plan_and_the_department_of_its_enrolment() -> None:
    [enrolled] = [event for event in ENROLLED if isinstance(event, EnrolledInPlan)]
    assert {(task.plan, task.department) for task in TASKS} == {(enrolled.plan, enrolled.department)}
    assert enrolled.plan.startswith("plan/")


def test_the_reminder_is_due_the_next_morning_at_nine_hospital_time() -> None:
    assert TASKS[0].due.isoformat() == "2026-03-13T09:00:00+08:00"


def test_the_survey_is_due_on_day_seven() -> None:
    assert TASKS[1].due.isoformat() == "2026-03-19T10:00:00+08:00"


def test_a_discharge_late_in_the_evening_utc_counts_by_the_hospitals_day() -> None:
    late = datetime.fromisoformat("2026-03-12T17:30:00+00:00")  # already the 13th in Shanghai
    assert due_at(late, REMINDER, ZONE).isoformat() == "2026-03-14T09:00:00+08:00"


@pytest.mark.parametrize(
    ("discharged", "at", "due"),
    [
        ("2026-03-28T12:00+01:00", "02:30", "2026-03-29T03:00:00+02:00"),  # the clock jumps over it
        ("2026-10-24T12:00+02:00", "02:30", "2026-10-25T02:30:00+02:00"),  # it comes twice: the first
        ("2026-10-24T12:00+02:00", "09:00", "2026-10-25T09:00:00+01:00"),
    ],
)
def test_a_step_in_the_night_of_a_change_of_the_clocks_is_due_once(discharged: str, at: str, due: str) -> None:
    step = changed(REMINDER, after_days=1, at=time.fromisoformat(at))
    assert due_at(datetime.fromisoformat(discharged), step, "Europe/Berlin").isoformat() == due


def test_a_step_of_the_same_day_in_the_hour_that_comes_twice_is_due_after_the_discharge() -> None:
    step = changed(REMINDER, after_days=0, at=time(2, 50))
    discharged = datetime.fromisoformat("2026-10-25T02:40:00+01:00")
    assert due_at(discharged, step, "Europe/Berlin").isoformat() == "2026-10-25T02:50:00+01:00"


def test_a_discharge_that_no_plan_fits_is_told_not_swallowed() -> None:
    [event] = RULES.when(changed(START, department="ORTH")).events
    assert event == NoPlanMatched(
        at=DISCHARGED, person_id="p", cause_id="e1", department="ORTH", considered=("plan/heart/3",)
    )


def test_a_draft_plan_enrols_nobody() -> None:
    draft = Spec(DECIDER, Definitions.of(changed(PLAN, status="draft")))
    draft.when(START).then_only(NoPlanMatched)


def test_the_same_visit_enrols_once() -> None:
    RULES.given(*ENROLLED).when(changed(START, id="again")).then_nothing()


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
    cancelled = RULES.given(*reminded).when(stop).then_only(PlansStopped, TaskCancelled, TimerCancelled).events
    assert cancelled[1].task_id == TASKS[1].task_id


def test_a_readmission_stops_only_what_began_before_it() -> None:
    """A stay of last year is corrected after this year's discharge: it is no readmission."""
    old = StopPlans(id="s", at=DISCHARGED - timedelta(days=300), person_id="p", reason="readmitted")
    RULES.given(*ENROLLED).when(old).then_only(PlansStopped)


def test_a_discharge_told_after_the_patient_is_back_reminds_nobody() -> None:
    back = StopPlans(id="s", at=DISCHARGED + timedelta(hours=5), person_id="p", reason="readmitted", spares="v2")
    history = RULES.given(*RULES.when(back).events)
    events = history.when(START).events
    assert {e.reason for e in events if isinstance(e, TaskCancelled)} == {"readmitted"}
    assert not [event for event in events if isinstance(event, TimerSet)]


def test_a_stay_that_is_told_whole_at_one_time_does_not_stop_its_own_end() -> None:
    began = StopPlans(id="s", at=DISCHARGED, person_id="p", reason="readmitted", spares="v1")
    RULES.given(*RULES.when(began).events).when(START).one(EnrolledInPlan)
    assert RULES.given(*RULES.when(began).events).when(SECOND).one(EnrolledInPlan)
    ended = RULES.given(*RULES.when(began).events).when(SECOND).events
    assert {e.reason for e in ended if isinstance(e, TaskCancelled)} == {"readmitted"}


ALONE = Human(lead="p", members=("p",), version=1)


def learn(dead: bool, version: int = 1, at: datetime = DISCHARGED) -> LearnHuman:
    return LearnHuman(id=f"l{version}", at=at, person_id="p", human=changed(ALONE, version=version), dead=dead)


def test_death_ends_everything_and_bars_new_enrolments_until_it_is_taken_back() -> None:
    history = RULES.given(*ENROLLED)
    died = history.when(learn(dead=True)).events
    assert [e.reason for e in died if isinstance(e, TaskCancelled)] == ["died", "died"]
    history.when(SECOND).then_only(EnrolmentBarred)
    again = history.when(learn(dead=False, version=2)).events
    assert len([e for e in again if isinstance(e, TimerSet)]) == 4
    assert [e.cause_id for e in again if isinstance(e, EnrolledInPlan)] == ["e2"]


def test_what_was_due_while_somebody_was_thought_dead_is_not_sent_late() -> None:
    history = RULES.given(*ENROLLED)
    history.when(learn(dead=True))
    again = history.when(learn(dead=False, version=2, at=TASKS[0].due + timedelta(hours=1))).events
    assert [(e.step, e.plan) for e in again if isinstance(e, TaskScheduled)] == [("ask", TASKS[0].plan)]


def test_older_word_of_a_death_changes_nothing() -> None:
    history = RULES.given(*ENROLLED)
    history.when(learn(dead=False, version=5))
    history.when(learn(dead=True, version=4)).then_nothing()


def test_somebody_erased_is_forgotten_for_good() -> None:
    history = RULES.given(*ENROLLED)
    erased = history.when(ForgetPerson(id="f", at=DISCHARGED, person_id="p")).events
    assert [e.reason for e in erased if isinstance(e, TaskCancelled)] == ["erased", "erased"]
    history.when(SECOND).then_nothing()
    history.when(learn(dead=False, version=9)).then_only(HumanLearned)


def test_an_undone_discharge_stops_only_its_own_visit() -> None:
    other = RULES.given(*ENROLLED).when(SECOND).events
    stop = StopPlans(id="s", at=DISCHARGED, person_id="p", reason="discharge-undone", visit_id="v2")
    cancelled = RULES.given(*ENROLLED, *other).when(stop).events
    mine = {event.task_id for event in other if isinstance(event, TaskScheduled)}
    assert {event.task_id for event in cancelled if isinstance(event, TaskCancelled)} == mine


def test_a_discharge_after_an_undone_one_is_followed_again() -> None:
    stop = StopPlans(id="s", at=DISCHARGED, person_id="p", reason="discharge-undone", visit_id="v1", order=2)
    undone = [*ENROLLED, *RULES.given(*ENROLLED).when(stop).events]
    again = changed(START, id="c2", cause_id="e2", order=3)
    result = RULES.given(*undone).when(again)
    result.then_only(EnrolledInPlan, TaskScheduled, TaskScheduled, TimerSet, TimerSet)
    assert {e.task_id for e in result.events if isinstance(e, TaskScheduled)}.isdisjoint(t.task_id for t in TASKS)


def test_two_people_with_equal_visit_numbers_have_tasks_of_their_own() -> None:
    other = [e for e in RULES.when(changed(START, person_id="q")).events if isinstance(e, TaskScheduled)]
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


def severities(survey: Survey) -> list[str | None]:
    """Of the scores from 1 to 5."""
    return [survey.verdict(score) for score in range(1, 6)]


def test_an_answer_says_how_severe_it_is_by_the_bands_of_its_survey() -> None:
    assert RULES.given(*ASKED).when(answer(1)).one(SurveyAnswered).severity == "high"
    assert RULES.given(*ASKED).when(answer(2)).one(SurveyAnswered).severity == "medium"
    assert RULES.given(*ASKED).when(answer(3)).one(SurveyAnswered).severity is None
    banded = changed(SURVEY, alarm_at=4, severity={"high": 2, "medium": 3, "low": 4})
    assert severities(banded) == ["high", "high", "medium", "low", None]
    assert severities(changed(banded, severity={})) == ["medium"] * 4 + [None]


def test_a_survey_of_before_there_were_bands_loads_and_judges_as_it_did() -> None:
    written = b'{"id":"happy","version":1,"question":{"zh":"?"},"scale":5,"alarm_at":2,"open_days":14}'
    survey = Definitions().applied("survey/happy/1", written).version(Survey, "survey/happy/1")
    assert severities(survey) == ["high", "medium", None, None, None]
    assert list(changed(survey, alarm_at=0).mistakes()) == []


def test_bands_that_no_score_reaches_are_refused() -> None:
    upside_down = Survey(id="s", version=1, question={}, alarm_at=3, severity={"high": 2, "medium": 2})
    [mistake] = upside_down.mistakes()
    assert "`severity.medium` must be above `severity.high`" in mistake
    [mistake] = Survey(id="s", version=1, question={}, severity={"low": 4}).mistakes()
    assert "`severity.low` goes beyond `alarm_at`" in mistake
    assert not list(Survey(id="s", version=1, question={}, alarm_at=4, severity={"high": 1, "low": 4}).mistakes())


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_off_the_scale_is_rejected(score: int) -> None:
    RULES.given(*ASKED).when(answer(score)).rejected("score-invalid")


def test_a_survey_is_answered_once() -> None:
    history = RULES.given(*ASKED)
    history.when(answer(1)).then_only(SurveyAnswered)
    history.when(answer(5)).rejected("survey-answered")


def test_a_survey_that_was_not_sent_cannot_be_answered() -> None:
    RULES.given(*ENROLLED).when(answer(3)).rejected("survey-not-open")
