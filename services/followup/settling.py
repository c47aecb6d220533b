"""What is to come follows from what is known, in whatever order it was told: here the two are brought together. Pure.

A step comes unless the human is dead or forgotten, a stop ends what began before it, or another record of the human
(or a discharge of the same visit that was undone) has the same step at about the same time. What no longer holds (an
unmerge, a death taken back, an admission that never was) gives back what is still to come.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.followup.commands import TIMERS
from services.followup.state import Enrolment, Person, Task
from shared.contracts.followup import Stop, TaskCancelled, TaskScheduled, TimerCancelled, TimerSet

HANDED: Final = "handed-over"
CANCELLED: Final = "visit-cancelled"
FINAL = "survey-not-published"
SAME = timedelta(hours=24)
"""Two tasks of one step within this time are the same reminder twice."""
Settled = TaskCancelled | TimerCancelled | TaskScheduled | TimerSet


def settle(at: datetime, person_id: str, person: Person) -> Iterator[Settled]:
    """Cancel what must not come, set the timers of what must."""
    wanted = {id: reason for id, _, _, reason in _judged(at, person_id, person)}
    for task_id, task in person.tasks.items():
        reason = wanted.get(task_id)
        if reason is None:
            continue
        if reason and task.status == "waiting":
            yield from cancelled(at, person_id, task_id, task, reason)
        elif not reason and not task.armed and task.due is not None:
            if task.status == "cancelled":
                department = person.enrolments[task.enrolment_id].department
                yield _scheduled(at, person_id, task_id, task, task.due, department)
            yield TIMERS.wake(at, person_id, task_id, task.version + 1, task.due)


def cancelled(
    at: datetime, person_id: str, task_id: str, task: Task, reason: str
) -> Iterator[TaskCancelled | TimerCancelled]:
    """A task will not happen, and its timer is off."""
    yield TaskCancelled(at=at, person_id=person_id, task_id=task_id, reason=reason)
    if task.armed:
        yield TIMERS.cancel(at, person_id, task_id, task.version)


def open_to_change(at: datetime, task: Task) -> bool:
    """Whether a task may still come: it waits, or was called off for a reason that may go, and is not due yet."""
    if task.status == "waiting":
        return True
    later = task.due is not None and task.due > at
    return task.status == "cancelled" and later and not task.reason.startswith(FINAL)


def _scheduled(at: datetime, person_id: str, task_id: str, task: Task, due: datetime, department: str) -> TaskScheduled:
    return TaskScheduled(
        at=at,
        person_id=person_id,
        task_id=task_id,
        enrolment_id=task.enrolment_id,
        step=task.step,
        kind=task.kind,
        due=due,
        department=department,
    )


def _judged(at: datetime, person_id: str, person: Person) -> Iterator[tuple[str, Task, Enrolment, str]]:
    """Each task that may still change with why it must not come; "" where it must."""
    here = [
        (id, task, person.enrolments[task.enrolment_id])
        for id, task in person.tasks.items()
        if task.status != HANDED and person.place_of(person.enrolments[task.enrolment_id].about, person_id) == person_id
    ]
    holding = [(task, enrolment) for _, task, enrolment in here if not open_to_change(at, task) and not task.over]
    changeable = [each for each in here if open_to_change(at, each[1])]
    for id, task, enrolment in sorted(changeable, key=lambda each: (str(each[1].due), each[2].about, each[0])):
        reason = _stopped(person_id, person, enrolment)
        if not reason and any(_same(task, enrolment, *other) for other in holding):
            reason = "same-reminder"
        if not reason:
            holding.append((task, enrolment))
        yield id, task, enrolment, reason


def _stopped(person_id: str, person: Person, enrolment: Enrolment) -> str:
    if person.forgotten:
        return "erased"
    if person.dead:
        return "died"
    members = person.members(person_id)
    stops = (stop for stop in person.stops.values() if stop.about in members and _ends(stop, enrolment))
    return next((stop.reason for stop in stops if not _never_was(stop, person)), "")


def _never_was(stop: Stop, person: Person) -> bool:
    """Whether the stay that began was cancelled since: a wrong patient was picked, nobody came back."""
    undone = person.stops.get(f"{stop.about}/{stop.spares}") if stop.spares else None
    return undone is not None and undone.reason == CANCELLED and undone.order > stop.order


def _ends(stop: Stop, enrolment: Enrolment) -> bool:
    if stop.visit_id is not None:
        return stop.visit_id == enrolment.visit_id and enrolment.order <= stop.order
    if stop.spares and stop.spares == enrolment.visit_id:
        return enrolment.began < stop.before
    return enrolment.began <= stop.before


def _same(task: Task, enrolment: Enrolment, other: Task, others: Enrolment) -> bool:
    """Whether another record of the human, or an undone discharge of the visit, has the step at about the same time."""
    alike = (task.step, enrolment.plan_id) == (other.step, others.plan_id)
    apart = enrolment.about != others.about or enrolment.visit_id == others.visit_id
    return alike and apart and task.due is not None and other.due is not None and abs(task.due - other.due) <= SAME
