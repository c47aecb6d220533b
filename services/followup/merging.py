"""One reminder for one human: what moves when two records are merged, and back when they are not. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from services.followup.commands import FireTimer, HandOver, TakeBack, TakeOver
from services.followup.state import Person, Task
from shared.contracts.followup import (
    EnrolledInPlan,
    HandedEnrolment,
    HandedTask,
    TaskCancelled,
    TaskScheduled,
    TasksHandedOver,
    TimerCancelled,
    TimerSet,
)
from shared.ids import derive

HANDED = "handed-over"
SAME = timedelta(hours=24)
"""Two tasks of one step within this time are the same reminder twice."""


def hand_over(c: HandOver, person: Person) -> Iterator[TaskCancelled | TimerCancelled | TasksHandedOver]:
    """Waiting tasks end here and are told, whole, for the other record to take."""
    handed = []
    for enrolment_id, enrolment in person.enrolments.items():
        waiting = {
            task_id: task
            for task_id, task in person.tasks.items()
            if task.enrolment_id == enrolment_id and task.status == "waiting" and task.due is not None
        }
        if not waiting or (c.taken_from is not None and enrolment.taken_from != c.taken_from):
            continue
        for task_id, task in waiting.items():
            yield TaskCancelled(at=c.at, person_id=c.person_id, task_id=task_id, reason=HANDED)
            yield TimerCancelled(at=c.at, person_id=c.person_id, timer_id=task_id, version=task.version)
        tasks = tuple(HandedTask(step=t.step, kind=t.kind, due=t.due) for t in waiting.values() if t.due)
        data = enrolment.model_dump(exclude={"taken_from"})
        handed.append(HandedEnrolment(enrolment_id=enrolment_id, tasks=tasks, **data))
    if handed:
        yield TasksHandedOver(at=c.at, person_id=c.person_id, to_person=c.to_person, enrolments=tuple(handed))


def take_over(c: TakeOver, person: Person) -> Iterator[EnrolledInPlan | TaskScheduled | TimerSet]:
    """Enrolments come with their steps, but for a step this record has to come at about the same time."""
    for handed in c.enrolments:
        enrolment_id = derive(c.person_id, "taken", c.id, handed.enrolment_id)
        fresh = [task for task in handed.tasks if not _has(person, handed.plan, task)]
        if enrolment_id in person.enrolments or not fresh:
            continue
        data = handed.model_dump(exclude={"tasks", "enrolment_id"})
        yield EnrolledInPlan(
            at=c.at, person_id=c.person_id, enrolment_id=enrolment_id, taken_from=c.from_person, **data
        )
        for task in fresh:
            task_id = derive(enrolment_id, task.step)
            yield TaskScheduled(
                at=c.at, person_id=c.person_id, task_id=task_id, enrolment_id=enrolment_id, **task.model_dump()
            )
            yield TimerSet(
                at=c.at, person_id=c.person_id, timer_id=task_id, version=1, due=task.due, command=FireTimer.wire
            )


def take_back(c: TakeBack, person: Person) -> Iterator[TaskScheduled | TimerSet]:
    """What was handed over and is due later, also what the other record had anyway and so never took."""
    for task_id, task in person.tasks.items():
        if task.status != HANDED or task.due is None or task.due <= c.at:
            continue
        wanted = HandedTask(step=task.step, kind=task.kind, due=task.due)
        again = derive(task_id, c.id)
        if again in person.tasks or _has(person, person.enrolments[task.enrolment_id].plan, wanted):
            continue
        yield TaskScheduled(
            at=c.at, person_id=c.person_id, task_id=again, enrolment_id=task.enrolment_id, **wanted.model_dump()
        )
        yield TimerSet(at=c.at, person_id=c.person_id, timer_id=again, version=1, due=task.due, command=FireTimer.wire)


def _has(person: Person, plan: str, wanted: HandedTask) -> bool:
    def same(task: Task) -> bool:
        mine = person.enrolments[task.enrolment_id].plan.split("/")[1] == plan.split("/")[1]
        near = task.due is not None and abs(task.due - wanted.due) <= SAME
        return mine and near and task.step == wanted.step and not task.over

    return any(same(task) for task in person.tasks.values())
