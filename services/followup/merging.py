"""Moves open tasks between the records of a human, so that a human gets each reminder once. Pure.

Everything reported under a record belongs to the lead of its human. Each record learns its human from the registry and
hands over what does not belong to it: to the lead, or back to the original record if that is not of this human any
more. A record with a lower registry version takes the human from one with a higher version, so nothing is passed around
in circles.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import TypeVar

from services.followup.commands import LearnHuman, TakeOver
from services.followup.enrolling import enrol
from services.followup.settling import HANDED, cancelled, open_to_change
from services.followup.state import PersonPlans
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
"""Enrolments, stops and barred discharges in one `TasksHandedOver` event."""
T = TypeVar("T")
Handing = TaskCancelled | TimerCancelled | TasksHandedOver
Taken = EnrolledInPlan | TaskScheduled | PlansStopped | EnrolmentBarred


def learn(c: LearnHuman, person: PersonPlans) -> Iterator[HumanLearned]:
    """Learn the human from the registry, unless a newer version was learned already."""
    if c.human.version > person.standing:
        human = person.human if person.human and person.human.version > c.human.version else c.human
        yield HumanLearned(at=c.at, person_id=c.person_id, human=human, dead=c.dead, standing=c.human.version)


def overhear(at: datetime, person_id: str, human: Human | None, person: PersonPlans) -> Iterator[HumanLearned]:
    """Learn the human that a fact or another record carries, if its version is newer.

    If this record is not of that human any more, it is alone until the registry reports its human.
    """
    if human is None or (person.human and human.version <= person.human.version):
        return
    if person_id in human.members:
        yield HumanLearned(at=at, person_id=person_id, human=human)
    elif person.human and not set(person.human.members).isdisjoint(human.members):
        alone = Human(lead=person_id, members=(person_id,), version=person.human.version)
        yield HumanLearned(at=at, person_id=person_id, human=alone)


def hand_over(at: datetime, person_id: str, person: PersonPlans) -> Iterator[Handing]:
    """Cancel what does not belong here and publish it for the record that it belongs to."""
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
    barred = {cause: person.place_of(discharge.about, person_id) for cause, discharge in person.barred.items()}
    places = [*leaving, *([lead] if stops else []), *(place for place in barred.values() if place != person_id)]
    for place in dict.fromkeys(places):
        barred_there = [person.barred[cause] for cause, to in barred.items() if to == place]
        parts = zip_longest(
            _parts(leaving.get(place, ())), _parts(stops if place == lead else ()), _parts(barred_there)
        )
        for enrolments, stops_part, barred_part in parts:
            yield TasksHandedOver(
                at=at,
                person_id=person_id,
                to_person=place,
                enrolments=enrolments or (),
                human=person.human,
                stops=stops_part or (),
                barred=barred_part or (),
            )


def _parts(items: Sequence[T]) -> list[tuple[T, ...]]:
    """Split into parts of at most `AT_ONCE`."""
    return [tuple(items[at : at + AT_ONCE]) for at in range(0, len(items), AT_ONCE)]


def _unknown_to(lead: str, person_id: str, person: PersonPlans) -> Iterator[Stop]:
    """The stops of this human that were not handed to the lead yet."""
    members = person.members(person_id)
    for key, stop in person.stops.items():
        if stop.about in members and person.passed.get(key) != lead:
            yield stop


def take_over(c: TakeOver, person: PersonPlans, definitions: Definitions) -> Iterator[Taken]:
    """Take over enrolments with their tasks, stops and barred discharges of another record."""
    for stop in c.stops:
        yield from stopped(c.at, c.person_id, stop, person)
    for barred in c.barred:
        discharge = changed(barred, person_id=c.person_id, at=c.at)
        if not person.dead:
            yield from enrol(c.at, discharge, person, definitions)
        elif barred.cause_id not in person.barred:
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
                plan=handed.plan,
                **task.model_dump(),
            )


def stopped(at: datetime, person_id: str, stop: Stop, person: PersonPlans) -> Iterator[PlansStopped]:
    """Record a stop, unless one with the same key that is at least as late is known."""
    if stop.later_than(person.stops.get(stop.key)):
        yield PlansStopped(at=at, person_id=person_id, stop=stop)
