"""Discharges that were undone and readmissions that never were: what ends, and what comes after all."""

from datetime import timedelta

import pytest

from services.followup.commands import StopPlans
from services.followup.domain import DECIDER
from shared.contracts.base import changed
from shared.contracts.followup import PlansStopped, TaskCancelled, TimerSet
from shared.definitions import Definitions
from shared.testing import Spec
from tests.followup.test_domain import DISCHARGED, ENROLLED, PLAN, RULES, START, SURVEY, TASKS, fire


def undone(visit: str, order: int, reason: str = "discharge-undone", days: int = 0) -> StopPlans:
    at = DISCHARGED + timedelta(days=days)
    return StopPlans(id=f"u{order}", at=at, person_id="p", reason=reason, visit_id=visit, order=order)


def test_a_discharge_that_was_undone_after_its_reminder_is_followed_anew_when_it_is_told_again() -> None:
    history = RULES.given(*ENROLLED)
    history.when(fire(TASKS[0]))
    history.when(undone("v1", 2, days=1))
    again = history.when(changed(START, id="c2", cause_id="e2", order=3, at=DISCHARGED + timedelta(days=3)))
    assert [event.due for event in again.events if isinstance(event, TimerSet)] == [
        TASKS[0].due + timedelta(days=3),
        TASKS[1].due + timedelta(days=3),
    ]


def test_a_discharge_that_is_told_again_at_once_does_not_remind_twice_but_asks_once() -> None:
    history = RULES.given(*ENROLLED)
    history.when(fire(TASKS[0]))
    history.when(undone("v1", 2))
    again = history.when(changed(START, id="c2", cause_id="e2", order=3)).events
    assert [event.reason for event in again if isinstance(event, TaskCancelled)] == ["same-reminder"]
    assert [event.due for event in again if isinstance(event, TimerSet)] == [TASKS[1].due]


@pytest.mark.parametrize(("hours", "reasons"), [(24, ["same-reminder"]), (23, [])])
def test_how_close_two_tasks_of_a_step_are_the_same_reminder_is_a_field_of_the_plan(
    hours: int, reasons: list[str]
) -> None:
    rules = Spec(DECIDER, Definitions.of(changed(PLAN, same_reminder_hours=hours), SURVEY))
    history = rules.given(*ENROLLED)
    history.when(fire(TASKS[0]))
    history.when(undone("v1", 2))
    a_day_later = changed(START, id="c2", cause_id="e2", order=3, at=DISCHARGED + timedelta(days=1))
    events = history.when(a_day_later).events
    assert [event.reason for event in events if isinstance(event, TaskCancelled)] == reasons


def back(visit: str, order: int, hours: int) -> StopPlans:
    at = DISCHARGED + timedelta(hours=hours)
    return StopPlans(id=f"b{order}", at=at, person_id="p", reason="readmitted", spares=visit, order=order)


def test_a_readmission_that_never_was_gives_back_what_is_still_to_come() -> None:
    history = RULES.given(*ENROLLED)
    history.when(back("v2", 2, hours=1))
    history.when(back("v3", 3, hours=2))
    history.when(undone("v3", 4, "visit-cancelled")).then_only(PlansStopped)
    again = history.when(undone("v2", 5, "visit-cancelled")).events
    assert [event.due for event in again if isinstance(event, TimerSet)] == [task.due for task in TASKS]
    ended = history.when(back("v2", 6, hours=4)).events
    assert {event.reason for event in ended if isinstance(event, TaskCancelled)} == {"readmitted"}


def test_a_readmission_whose_end_was_undone_still_is_one() -> None:
    history = RULES.given(*ENROLLED)
    history.when(back("v2", 2, hours=1))
    history.when(undone("v2", 3)).then_only(PlansStopped)


def test_an_old_stay_that_is_told_late_does_not_take_a_readmission_back() -> None:
    history = RULES.given(*ENROLLED)
    history.when(back("v2", 2, hours=1))
    history.when(back("v0", 3, hours=-3000)).then_only(PlansStopped)
