"""The aggregate of one person: enrolments in plans, tasks with due times, answers. Pure."""

from collections.abc import Sequence
from functools import reduce
from typing import TypeVar, assert_never

from services.followup.answering import answer, fire
from services.followup.commands import (
    TIMERS,
    AnswerSurvey,
    FireTimer,
    FollowupCommand,
    ForgetPerson,
    HandOver,
    LearnHuman,
    StartPlans,
    StopPlans,
    TakeBack,
    TakeOver,
)
from services.followup.following import hand_over_tasks, own_events, reschedule, update_human
from services.followup.settling import HANDED
from services.followup.state import Enrolment, PersonPlans, Reason, Task
from shared.contracts.base import changed
from shared.contracts.followup import (
    EnrolledInPlan,
    EnrolmentBarred,
    HumanLearned,
    NoPlanMatched,
    PersonForgotten,
    PlansStopped,
    ReminderDue,
    SurveyAnswered,
    SurveyInvited,
    TaskCancelled,
    TaskScheduled,
    TasksHandedOver,
    TimerCancelled,
    TimerSet,
)
from shared.decider import Decider, Rejection
from shared.definition_ref import Ref, named
from shared.definitions import Definitions

V = TypeVar("V")
FollowupEvent = (
    EnrolledInPlan
    | EnrolmentBarred
    | NoPlanMatched
    | TaskScheduled
    | TaskCancelled
    | PlansStopped
    | HumanLearned
    | PersonForgotten
    | ReminderDue
    | SurveyInvited
    | SurveyAnswered
    | TasksHandedOver
    | TimerSet
    | TimerCancelled
)


def decide(
    command: FollowupCommand, person: PersonPlans, definitions: Definitions
) -> Sequence[FollowupEvent] | Rejection:
    """Decide a command. Rejection slugs: `survey-not-open`, `survey-answered`, `score-invalid`."""
    match command:
        case FireTimer():
            return fire(command, person, definitions)
        case AnswerSurvey():
            return answer(command, person, definitions)
        case StartPlans() | StopPlans() | LearnHuman() | ForgetPerson() | HandOver() | TakeOver() | TakeBack():
            events: list[FollowupEvent] = [*update_human(command, person)]
            events += own_events(command, reduce(evolve, events, person), definitions)
            events += hand_over_tasks(command, reduce(evolve, events, person))
            return [*events, *reschedule(command, reduce(evolve, events, person), definitions)]
        case _:
            assert_never(command)


def evolve(person: PersonPlans, event: FollowupEvent) -> PersonPlans:
    """Apply an event to the state that `decide` reads."""
    match event:
        case TaskScheduled() | TaskCancelled() | ReminderDue() | SurveyInvited() | SurveyAnswered():
            return _with_task(person, event.task_id, _updated_task(person, event))
        case TimerSet():
            task = changed(person.tasks[event.timer_id], version=event.version, armed=True)
            return _with_task(person, event.timer_id, task)
        case TimerCancelled():
            return _with_task(person, event.timer_id, changed(person.tasks[event.timer_id], armed=False))
        case EnrolledInPlan():
            enrolments = {**person.enrolments, event.enrolment_id: _enrolment(event)}
            return changed(person, enrolments=enrolments, barred=_without(person.barred, {event.cause_id}))
        case EnrolmentBarred():
            return changed(person, barred={**person.barred, event.cause_id: event})
        case HumanLearned():
            if event.dead is None:
                return changed(person, human=event.human)
            return changed(person, human=event.human, standing=event.standing, dead=event.dead)
        case PlansStopped():
            key = event.stop.key
            return changed(person, stops={**person.stops, key: event.stop}, passed=_without(person.passed, {key}))
        case TasksHandedOver():
            passed = dict.fromkeys((stop.key for stop in event.stops), event.to_person)
            barred = _without(person.barred, {each.cause_id for each in event.barred})
            return changed(person, passed={**person.passed, **passed}, barred=barred)
        case PersonForgotten():
            return changed(person, forgotten=True, barred={})
        case NoPlanMatched():
            return person
        case _:
            assert_never(event)


def _enrolment(event: EnrolledInPlan) -> Enrolment:
    """The enrolment of an event; events of old versions lack `about` and `began`."""
    return Enrolment(
        plan=Ref.parse(event.plan),
        visit_id=event.visit_id,
        department=event.department,
        doctor=event.doctor,
        about=event.about or event.taken_from or event.person_id,
        began=event.began or event.at,
        order=event.order,
        cause_id=event.cause_id,
        taken_from=event.taken_from,
    )


def _without(entries: dict[str, V], keys: set[str]) -> dict[str, V]:
    return {key: value for key, value in entries.items() if key not in keys}


TaskEvent = TaskScheduled | TaskCancelled | ReminderDue | SurveyInvited | SurveyAnswered


def _updated_task(person: PersonPlans, event: TaskEvent) -> Task:
    """The task after an event."""
    task = person.tasks.get(event.task_id)
    if isinstance(event, TaskScheduled):
        version = task.version if task else 0
        return Task(enrolment_id=event.enrolment_id, step=event.step, kind=event.kind, due=event.due, version=version)
    assert task is not None
    match event:
        case TaskCancelled():
            reason = Reason.of(event.reason)
            return changed(task, status=HANDED if reason.code == HANDED else "cancelled", reason=reason)
        case ReminderDue():
            return changed(task, status="reminded", armed=False)
        case SurveyInvited():
            return changed(task, status="asked", armed=False, survey=named(event.survey))
        case SurveyAnswered():
            return changed(task, status="answered")
        case _:
            assert_never(event)


def _with_task(person: PersonPlans, task_id: str, task: Task) -> PersonPlans:
    return changed(person, tasks={**person.tasks, task_id: task})


DECIDER = Decider(
    name="followup",
    initial=PersonPlans,
    decide=decide,
    evolve=evolve,
    state=PersonPlans,
    state_version=4,
    timers=TIMERS,
)
