"""One human, one reminder: what is to come is kept where the registry says, and moves when it says otherwise. Pure.

Everything said of a record belongs at the lead of its human. Each record learns its human from the registry, and hands
on what does not belong to it: to the lead, or to the record itself where that is no longer one of ours, which knows
better. Records that know less learn from those that know more, so that nothing goes in circles.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import TypeVar

from services.followup.commands import LearnHuman, TakeOver
from services.followup.enrolling import enrol
from services.followup.settling import HANDED, cancelled, open_to_change
from services.followup.state import Person
from shared.contracts.base import changed
from shared.contracts.contacts import Human
from shared.contracts.followup import (
    EnrolledInPlan,
    EnrolmentBarred,
    HandedEnrolment,
    HandedTask,
    HumanLearned,
    PlansStopped,
    Stop,
    TaskCancelled,
    TaskScheduled,
    TasksHandedOver,
    TimerCancelled,
)
from shared.definitions import Definitions
from shared.ids import derive

AT_ONCE = 50
"""Enrolments, stops and barred discharges that one event hands over."""
T = TypeVar("T")
Handing = TaskCancelled | TimerCancelled | TasksHandedOver
Taken = EnrolledInPlan | TaskScheduled | PlansStopped | EnrolmentBarred


def learn(c: LearnHuman, person: Person) -> Iterator[HumanLearned]:
    """What the registry says, unless newer was heard from it."""
    if c.human.version > person.standing:
        human = person.human if person.human and person.human.version > c.human.version else c.human
        yield HumanLearned(at=c.at, person_id=c.person_id, human=human, dead=c.dead, standing=c.human.version)


def overhear(at: datetime, person_id: str, human: Human | None, person: Person) -> Iterator[HumanLearned]:
    """What a fact or another record says of this human.

    Newer word of a human that this record is not of any more: it stands alone until the registry says more.
    """
    if human is None or (person.human and human.version <= person.human.version):
        return
    if person_id in human.members:
        yield HumanLearned(at=at, person_id=person_id, human=human)
    elif person.human and not set(person.human.members).isdisjoint(human.members):
        alone = Human(lead=person_id, members=(person_id,), version=person.human.version)
        yield HumanLearned(at=at, person_id=person_id, human=alone)


def hand_over(at: datetime, person_id: str, person: Person) -> Iterator[Handing]:
    """What does not belong here ends here and is told, whole, for the record it belongs to."""
    leaving: dict[str, list[HandedEnrolment]] = {}
    if person.forgotten:
        return
    for enrolment_id, enrolment in person.enrolments.items():
        place = person.place_of(enrolment.about, person_id)
        tasks = {
            id: task
            for id, task in person.tasks.items()
            if task.enrolment_id == enrolment_id and open_to_change(at, task)
        }
        if place == person_id or not tasks:
            continue
        for task_id, task in tasks.items():
            yield from cancelled(at, person_id, task_id, task, HANDED)
        handed = tuple(HandedTask(step=t.step, kind=t.kind, due=t.due) for t in tasks.values() if t.due)
        data = enrolment.model_dump(exclude={"taken_from"})
        leaving.setdefault(place, []).append(HandedEnrolment(enrolment_id=enrolment_id, tasks=handed, **data))
    lead = person.place_of(person_id, person_id)
    stops = tuple(_unknown_to(lead, person_id, person)) if lead != person_id else ()
    barred = {cause: person.place_of(each.about, person_id) for cause, each in person.barred.items()}
    places = [*leaving, *([lead] if stops else []), *(place for place in barred.values() if place != person_id)]
    for place in dict.fromkeys(places):
        apart = [person.barred[cause] for cause, to in barred.items() if to == place]
        parts = zip_longest(_parts(leaving.get(place, ())), _parts(stops if place == lead else ()), _parts(apart))
        for enrolments, ended, kept_out in parts:
            yield TasksHandedOver(
                at=at,
                person_id=person_id,
                to_person=place,
                enrolments=enrolments or (),
                human=person.human,
                stops=ended or (),
                barred=kept_out or (),
            )


def _parts(all_of_it: Sequence[T]) -> list[tuple[T, ...]]:
    """So many at a time: however long a history, no event holds it all."""
    return [tuple(all_of_it[at : at + AT_ONCE]) for at in range(0, len(all_of_it), AT_ONCE)]


def _unknown_to(lead: str, person_id: str, person: Person) -> Iterator[Stop]:
    members = person.members(person_id)
    for key, stop in person.stops.items():
        if stop.about in members and person.passed.get(key) != lead:
            yield stop


def take_over(c: TakeOver, person: Person, definitions: Definitions) -> Iterator[Taken]:
    """Enrolments come with their steps, and what stopped or barred others."""
    for stop in c.stops:
        yield from stopped(c.at, c.person_id, stop, person)
    for each in c.barred:
        discharge = changed(each, person_id=c.person_id, at=c.at)
        if not person.dead:
            yield from enrol(c.at, discharge, person, definitions)
        elif each.cause_id not in person.barred:
            yield discharge
    for handed in c.enrolments:
        enrolment_id = derive(c.person_id, "taken", c.id, handed.enrolment_id)
        if enrolment_id in person.enrolments:
            continue
        data = handed.model_dump(exclude={"tasks", "enrolment_id"})
        data["about"] = handed.about or c.from_person
        yield EnrolledInPlan(
            at=c.at, person_id=c.person_id, enrolment_id=enrolment_id, taken_from=c.from_person, **data
        )
        for task in handed.tasks:
            yield TaskScheduled(
                at=c.at,
                person_id=c.person_id,
                task_id=derive(enrolment_id, task.step),
                enrolment_id=enrolment_id,
                department=handed.department,
                **task.model_dump(),
            )


def stopped(at: datetime, person_id: str, stop: Stop, person: Person) -> Iterator[PlansStopped]:
    """A stop is news where none of its kind is known that is as late."""
    if stop.later_than(person.stops.get(stop.key)):
        yield PlansStopped(at=at, person_id=person_id, stop=stop)
