"""One reminder for one human: what moves when two records are merged, and back. A specification."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.followup.commands import HandOver, LearnHuman, StopPlans, TakeBack, TakeOver
from services.followup.merging import AT_ONCE
from services.followup.state import PersonPlans
from shared.contracts.base import Event, changed
from shared.contracts.contacts import Human
from shared.contracts.followup import (
    EnrolledInPlan,
    HumanLearned,
    PlansStopped,
    TaskCancelled,
    TaskScheduled,
    TasksHandedOver,
    TimerCancelled,
    TimerSet,
)
from shared.testing import When
from tests.followup.test_domain import DISCHARGED, ENROLLED, RULES, START, TASKS, fire

AT = DISCHARGED + timedelta(hours=1)
ONE = Human(lead="q", members=("q", "p"), version=5)


def learn(person: str, human: Human = ONE, dead: bool = False, at: datetime = AT) -> LearnHuman:
    return LearnHuman(id=f"l{person}{human.version}", at=at, person_id=person, human=human, dead=dead)


def handed(events: Sequence[Any]) -> TasksHandedOver:
    [event] = [event for event in events if isinstance(event, TasksHandedOver)]
    return event


def take(event: TasksHandedOver, id: str = "t") -> TakeOver:
    fields = event.model_dump(include={"enrolments", "human", "stops", "barred"})
    return TakeOver(id=id, at=AT, person_id=event.to_person, from_person=event.person_id, **fields)


def dues(events: Sequence[Event]) -> list[datetime]:
    return [event.due for event in events if isinstance(event, TimerSet)]


OWN = RULES.when(changed(START, person_id="q", visit_id="w", cause_id="e9")).events


def merged(own: Sequence[Any] = ()) -> tuple[When[PersonPlans], When[PersonPlans]]:
    """The two records after the merge: p, which hands over, and q, the lead."""
    p, q = RULES.given(*ENROLLED), RULES.given(*own)
    q.when(learn("q"))
    q.when(take(handed(p.when(learn("p")).events)))
    return p, q


def test_what_is_to_come_ends_here_and_is_told_whole() -> None:
    result = RULES.given(*ENROLLED).when(learn("p"))
    result.then_only(HumanLearned, TaskCancelled, TimerCancelled, TaskCancelled, TimerCancelled, TasksHandedOver)
    event = result.one(TasksHandedOver)
    assert (event.to_person, event.human) == ("q", ONE)
    assert [task.due for task in event.enrolments[0].tasks] == [task.due for task in TASKS]


def test_a_long_history_is_handed_over_in_parts_and_arrives_whole() -> None:
    p, q = RULES.given(*ENROLLED), RULES.given()
    for n in range(120):
        p.when(StopPlans(id=f"s{n}", at=AT, person_id="p", reason=f"r{n}", visit_id=f"v{n}"))
    events = [event for event in p.when(learn("p")).events if isinstance(event, TasksHandedOver)]
    assert max(len(event.stops) for event in events) == AT_ONCE
    q.when(learn("q"))
    for at, event in enumerate(events):
        q.when(take(event, f"t{at}"))
    assert q.state.stops.keys() == p.state.stops.keys()


def test_the_lead_takes_it_with_the_same_due_times() -> None:
    event = handed(RULES.given(*ENROLLED).when(learn("p")).events)
    result = RULES.when(take(event))
    result.then_only(HumanLearned, EnrolledInPlan, TaskScheduled, TaskScheduled, TimerSet, TimerSet)
    assert dues(result.events) == [task.due for task in TASKS]
    enrolled = result.one(EnrolledInPlan)
    assert (enrolled.taken_from, enrolled.about, enrolled.began) == ("p", "p", DISCHARGED)


def test_what_both_had_to_come_comes_once() -> None:
    _, q = merged(OWN)
    waiting = [task for task in q.state.tasks.values() if task.status == "waiting"]
    assert sorted(task.step for task in waiting) == ["ask", "medicine"]


def test_what_was_done_already_is_not_handed_over() -> None:
    reminded = [*ENROLLED, *RULES.given(*ENROLLED).when(fire(TASKS[0])).events]
    [enrolment] = handed(RULES.given(*reminded).when(learn("p")).events).enrolments
    assert [task.step for task in enrolment.tasks] == ["ask"]


def test_an_unmerge_gives_each_record_its_own_back_also_what_came_once() -> None:
    p, q = merged(OWN)
    parted = q.when(learn("q", Human(lead="q", members=("q",), version=6))).events
    assert [task.due for task in handed(parted).enrolments[0].tasks] == [task.due for task in TASKS]
    p.when(learn("p", Human(lead="p", members=("p",), version=6)))
    assert dues(p.when(take(handed(parted), "back")).events) == [task.due for task in TASKS]
    assert sorted(t.step for t in q.state.tasks.values() if t.status == "waiting") == ["ask", "medicine"]


def test_what_ended_with_the_other_record_comes_after_all_once_they_are_two_again() -> None:
    history = RULES.given(*ENROLLED)
    one = Human(lead="p", members=("p", "q"), version=5)
    died = history.when(learn("p", one, dead=True)).events
    assert {event.reason for event in died if isinstance(event, TaskCancelled)} == {"died"}
    again = history.when(learn("p", Human(lead="p", members=("p",), version=6))).events
    assert dues(again) == [task.due for task in TASKS]


def test_a_stop_that_reaches_a_record_whose_tasks_were_handed_over_follows_them() -> None:
    p, q = merged()
    stop = StopPlans(id="s", at=AT, person_id="p", reason="readmitted", about="p", spares="v9")
    passed = p.when(stop).then_only(PlansStopped, TasksHandedOver).one(TasksHandedOver)
    ended = q.when(take(passed, "t2")).events
    assert [event.reason for event in ended if isinstance(event, TaskCancelled)] == ["readmitted", "readmitted"]
    p.when(changed(stop, id="s2")).then_nothing()


def test_what_was_taken_over_began_with_its_discharge_so_a_readmission_told_late_still_ends_it() -> None:
    _, q = merged()
    back = StopPlans(id="s", at=AT - timedelta(minutes=30), person_id="q", reason="readmitted", about="p")
    ended = q.when(back).events
    assert [event.reason for event in ended if isinstance(event, TaskCancelled)] == ["readmitted", "readmitted"]


def test_a_discharge_that_reaches_a_record_that_is_not_the_lead_is_handed_on() -> None:
    p = RULES.given()
    p.when(learn("p"))
    event = handed(p.when(START).events)
    assert (event.to_person, event.enrolments[0].about) == ("q", "p")


def test_a_record_that_was_not_told_yet_learns_from_the_one_that_was() -> None:
    event = handed(RULES.given(*ENROLLED).when(learn("p")).events)
    q = RULES.given()
    q.when(take(event))
    assert q.state.human == ONE


def test_what_comes_to_a_record_that_is_somebody_else_by_now_goes_back() -> None:
    event = handed(RULES.given(*ENROLLED).when(learn("p")).events)
    q = RULES.given()
    q.when(learn("q", Human(lead="q", members=("q",), version=6)))
    back = handed(q.when(take(event)).events)
    assert (back.to_person, back.enrolments[0].about) == ("p", "p")


def test_what_comes_back_waits_here_though_the_unmerge_was_not_heard_yet() -> None:
    p = RULES.given(*ENROLLED)
    event = handed(p.when(learn("p")).events)
    q = RULES.given()
    q.when(learn("q", Human(lead="q", members=("q",), version=6)))
    came = p.when(take(handed(q.when(take(event)).events), "back")).events
    assert dues(came) == [task.due for task in TASKS]


def test_a_merge_of_older_logs_is_carried_out() -> None:
    events = RULES.given(*ENROLLED).when(HandOver(id="h", at=AT, person_id="p", to_person="q")).events
    assert handed(events).to_person == "q"
    history = RULES.given(*ENROLLED, *events)
    history.when(TakeBack(id="b", at=AT, person_id="p")).then_nothing()


def test_nothing_to_come_is_nothing_to_tell() -> None:
    RULES.when(learn("p")).then_only(HumanLearned)
