"""Cancels, restores and schedules the tasks of a human from everything that is known, in whatever order it came. Pure.

A task is due unless the human is dead or erased, a stop ends its enrolment, or another record of the human (or an
undone discharge of the same visit) has the same step within `same_reminder_hours` of the plan. When the reason is gone
(an unmerge, a withdrawn death, a cancelled admission), tasks that are still in the future are restored. Only tasks that
have not come due are cancelled: a message that notify was asked for goes its way.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.followup.commands import TIMERS
from services.followup.definitions import Plan
from services.followup.state import NOT_PUBLISHED, Enrolment, PersonPlans, Task
from shared.contracts.followup import Stop, TaskCancelled, TaskScheduled, TimerCancelled, TimerSet
from shared.definitions import Definitions

HANDED: Final = "handed-over"
CANCELLED: Final = "visit-cancelled"
Settled = TaskCancelled | TimerCancelled | TaskScheduled | TimerSet


def settle(at: datetime, person_id: str, person: PersonPlans, definitions: Definitions) -> Iterator[Settled]:
    """Cancel tasks that have a reason, restore those that have none any more, and set timers."""
    reasons = {id: reason for id, _, _, reason in _judged(at, person_id, person, definitions)}
    for task_id, task in person.tasks.items():
        reason = reasons.get(task_id)
        if reason is None:
            continue
        if reason and task.status == "waiting":
            yield from cancelled(at, person_id, task_id, task, reason)
        elif not reason and not task.armed and task.due is not None:
            if task.status == "cancelled":
                yield _scheduled(at, person_id, task_id, task, task.due, person.enrolments[task.enrolment_id])
            yield TIMERS.wake(at, person_id, task_id, task.version + 1, task.due)


def cancelled(
    at: datetime, person_id: str, task_id: str, task: Task, reason: str
) -> Iterator[TaskCancelled | TimerCancelled]:
    """Cancel a task and its timer."""
    yield TaskCancelled(at=at, person_id=person_id, task_id=task_id, reason=reason)
    if task.armed:
        yield TIMERS.cancel(at, person_id, task_id, task.version)


def open_to_change(at: datetime, task: Task) -> bool:
    """Whether a task may still be due: it waits, or was cancelled for a reason that may go and lies in the future."""
    if task.status == "waiting":
        return True
    in_future = task.due is not None and task.due > at
    return task.status == "cancelled" and in_future and task.reason.code != NOT_PUBLISHED


def _scheduled(
    at: datetime, person_id: str, task_id: str, task: Task, due: datetime, enrolment: Enrolment
) -> TaskScheduled:
    return TaskScheduled(
        at=at,
        person_id=person_id,
        task_id=task_id,
        enrolment_id=task.enrolment_id,
        step=task.step,
        kind=task.kind,
        due=due,
        department=enrolment.department,
        plan=str(enrolment.plan),
    )


def _judged(
    at: datetime, person_id: str, person: PersonPlans, definitions: Definitions
) -> Iterator[tuple[str, Task, Enrolment, str]]:
    """Each task that may still change, with the reason to cancel it; "" if it is due."""
    own_tasks = [
        (id, task, person.enrolments[task.enrolment_id])
        for id, task in person.tasks.items()
        if task.status != HANDED and person.place_of(person.enrolments[task.enrolment_id].about, person_id) == person_id
    ]
    kept = [(task, enrolment) for _, task, enrolment in own_tasks if not open_to_change(at, task) and not task.over]
    changeable = [each for each in own_tasks if open_to_change(at, each[1])]
    for id, task, enrolment in sorted(changeable, key=lambda each: (str(each[1].due), each[2].about, each[0])):
        reason = _stopped(person_id, person, enrolment)
        if not reason and any(_same(task, enrolment, *other, definitions) for other in kept):
            reason = "same-reminder"
        if not reason:
            kept.append((task, enrolment))
        yield id, task, enrolment, reason


def _stopped(person_id: str, person: PersonPlans, enrolment: Enrolment) -> str:
    """Why all tasks of an enrolment are cancelled; "" if they are not."""
    if person.forgotten:
        return "erased"
    if person.dead:
        return "died"
    members = person.members(person_id)
    stops = (stop for stop in person.stops.values() if stop.about in members and _ends(stop, enrolment))
    return next((stop.reason for stop in stops if not _never_was(stop, person)), "")


def _never_was(stop: Stop, person: PersonPlans) -> bool:
    """Whether the admission behind a stop was cancelled later (a wrong patient was chosen)."""
    undone = person.stops.get(f"{stop.about}/{stop.spares}") if stop.spares else None
    return undone is not None and undone.reason == CANCELLED and undone.order > stop.order


def _ends(stop: Stop, enrolment: Enrolment) -> bool:
    """Whether a stop applies to an enrolment."""
    if stop.visit_id is not None:
        return stop.visit_id == enrolment.visit_id and enrolment.order <= stop.order
    if stop.spares and stop.spares == enrolment.visit_id:
        return enrolment.began < stop.before
    return enrolment.began <= stop.before


def _same(task: Task, enrolment: Enrolment, other: Task, other_enrolment: Enrolment, definitions: Definitions) -> bool:
    """Whether two tasks are the same reminder: one step of two records or of one visit, at about one time."""
    same_step = (task.step, enrolment.plan.id) == (other.step, other_enrolment.plan.id)
    may_repeat = enrolment.about != other_enrolment.about or enrolment.visit_id == other_enrolment.visit_id
    if not same_step or not may_repeat or task.due is None or other.due is None:
        return False
    within = timedelta(hours=definitions.version(Plan, enrolment.plan).same_reminder_hours)
    return abs(task.due - other.due) <= within
