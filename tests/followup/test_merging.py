"""One reminder for one human: merge and unmerge. A specification."""

from datetime import timedelta

from services.followup.commands import HandOver, TakeBack, TakeOver
from shared.contracts.followup import (
    EnrolledInPlan,
    TaskCancelled,
    TaskScheduled,
    TasksHandedOver,
    TimerCancelled,
    TimerSet,
)
from tests.followup.test_domain import DISCHARGED, ENROLLED, RULES, START, TASKS, fire

AT = DISCHARGED + timedelta(hours=1)
HAND = HandOver(id="h", at=AT, person_id="p", to_person="q")
HANDED = RULES.given(*ENROLLED).when(HAND).events


def take(events: list, person: str = "q", id: str = "t") -> TakeOver:
    [told] = [event for event in events if isinstance(event, TasksHandedOver)]
    return TakeOver(id=id, at=AT, person_id=person, from_person=told.person_id, enrolments=told.enrolments)


def test_what_is_to_come_ends_here_and_is_told_whole() -> None:
    found = RULES.given(*ENROLLED).when(HAND)
    found.then_only(TaskCancelled, TimerCancelled, TaskCancelled, TimerCancelled, TasksHandedOver)
    [enrolment] = found.one(TasksHandedOver).enrolments
    assert [task.due for task in enrolment.tasks] == [task.due for task in TASKS]


def test_the_other_record_takes_it_with_the_same_due_times() -> None:
    found = RULES.when(take(HANDED)).then_only(EnrolledInPlan, TaskScheduled, TimerSet, TaskScheduled, TimerSet)
    assert [e.due for e in found.events if isinstance(e, TaskScheduled)] == [task.due for task in TASKS]
    assert found.one(EnrolledInPlan).taken_from == "p"


def test_what_both_had_to_come_comes_once() -> None:
    own = RULES.when(START.model_copy(update={"person_id": "q", "visit_id": "w", "cause_id": "e9"})).events
    RULES.given(*own).when(take(HANDED)).then_nothing()


def test_what_was_done_already_is_not_handed_over() -> None:
    reminded = [*ENROLLED, *RULES.given(*ENROLLED).when(fire(TASKS[0])).events]
    [enrolment] = RULES.given(*reminded).when(HAND).one(TasksHandedOver).enrolments
    assert [task.step for task in enrolment.tasks] == ["ask"]


def test_an_unmerge_gives_back_what_came_from_there_and_nothing_else() -> None:
    own = RULES.when(
        START.model_copy(update={"person_id": "q", "at": DISCHARGED - timedelta(days=3), "cause_id": "e9"})
    ).events
    taken = RULES.given(*own).when(take(HANDED)).events
    back = HandOver(id="b", at=AT, person_id="q", to_person="p", taken_from="p")
    returned = RULES.given(*own, *taken).when(back).events
    [enrolment] = returned[-1].enrolments
    assert [task.due for task in enrolment.tasks] == [task.due for task in TASKS]
    again = RULES.given(*ENROLLED, *HANDED).when(take(returned, "p", "t2")).events
    assert [e.due for e in again if isinstance(e, TaskScheduled)] == [task.due for task in TASKS]


def test_an_unmerge_brings_back_what_the_other_record_had_anyway() -> None:
    back = TakeBack(id="b", at=AT, person_id="p")
    history = RULES.given(*ENROLLED, *HANDED)
    again = history.when(back).then_only(TaskScheduled, TimerSet, TaskScheduled, TimerSet).events
    assert [e.due for e in again if isinstance(e, TaskScheduled)] == [task.due for task in TASKS]
    history.when(back).then_nothing()
    RULES.given(*ENROLLED, *HANDED).when(back.later(TASKS[-1].due)).then_nothing()


def test_what_came_back_from_the_other_record_is_not_brought_back_twice() -> None:
    taken = RULES.when(take(HANDED)).events
    returned = RULES.given(*taken).when(HandOver(id="b", at=AT, person_id="q", to_person="p", taken_from="p")).events
    home = RULES.given(*ENROLLED, *HANDED)
    home.when(take(returned, "p", "t2"))
    home.when(TakeBack(id="b", at=AT, person_id="p")).then_nothing()


def test_nothing_to_come_is_nothing_to_tell() -> None:
    RULES.when(HAND).then_nothing()
