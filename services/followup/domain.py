"""Who is in which plan, what is due when, and what an answer means. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from services.followup.commands import (
    AnswerSurvey,
    FireTimer,
    FollowupCommand,
    HandOver,
    StartPlans,
    StopPlans,
    TakeBack,
    TakeOver,
)
from services.followup.definitions import Plan, Step, Survey
from services.followup.merging import HANDED, hand_over, take_back, take_over
from services.followup.state import Enrolment, Person, Task
from shared.contracts.followup import (
    EnrolledInPlan,
    NoPlanMatched,
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
from shared.definitions import Definitions
from shared.ids import derive
from shared.rules import holds

FollowupEvent = (
    EnrolledInPlan
    | NoPlanMatched
    | TaskScheduled
    | TaskCancelled
    | ReminderDue
    | SurveyInvited
    | SurveyAnswered
    | TasksHandedOver
    | TimerSet
    | TimerCancelled
)


def decide(command: FollowupCommand, person: Person, definitions: Definitions) -> Sequence[FollowupEvent] | Rejection:
    """Plans start and stop, tasks come due, answers come in."""
    match command:
        case StartPlans():
            return _start(command, person, definitions)
        case StopPlans():
            return list(_stop(command, person))
        case HandOver():
            return list(hand_over(command, person))
        case TakeOver():
            return list(take_over(command, person))
        case TakeBack():
            return list(take_back(command, person))
        case FireTimer():
            return _fire(command, person, definitions)
        case AnswerSurvey():
            return _answer(command, person, definitions)
        case _:
            assert_never(command)


def _start(c: StartPlans, person: Person, definitions: Definitions) -> list[FollowupEvent]:
    facts = {"discharge": c.model_dump(include={"department", "doctor", "patient_class"})}
    facts["discharge"]["diagnoses"] = list(c.diagnoses or ())
    plans = definitions.current(Plan)
    fitting = [plan for plan in plans if holds(plan.when, facts)]
    if not fitting:
        considered = tuple(plan.ref for plan in plans)
        return [
            NoPlanMatched(
                at=c.at, person_id=c.person_id, cause_id=c.cause_id, department=c.department, considered=considered
            )
        ]
    return [event for plan in fitting for event in _enrol(c, person, plan)]


def _enrol(c: StartPlans, person: Person, plan: Plan) -> Iterator[FollowupEvent]:
    enrolment_id = derive(c.person_id, c.cause_id, plan.id)
    if enrolment_id in person.enrolments or _follows(person, c.visit_id, plan):
        return
    yield EnrolledInPlan(
        at=c.at,
        person_id=c.person_id,
        enrolment_id=enrolment_id,
        plan=plan.ref,
        cause_id=c.cause_id,
        visit_id=c.visit_id,
        department=c.department,
        doctor=c.doctor,
    )
    for step in plan.steps:
        task_id, due = derive(enrolment_id, step.id), due_at(c.at, step, plan.zone)
        yield TaskScheduled(
            at=c.at,
            person_id=c.person_id,
            task_id=task_id,
            enrolment_id=enrolment_id,
            step=step.id,
            kind=step.kind,
            due=due,
        )
        yield TimerSet(at=c.at, person_id=c.person_id, timer_id=task_id, version=1, due=due, command=FireTimer.wire)


def _follows(person: Person, visit_id: str, plan: Plan) -> bool:
    """Whether this visit is followed by this plan already; an enrolment all of whose tasks were cancelled is over."""
    for enrolment_id, enrolment in person.enrolments.items():
        if enrolment.visit_id == visit_id and enrolment.plan.split("/")[1] == plan.id:
            tasks = [task for task in person.tasks.values() if task.enrolment_id == enrolment_id]
            if not all(task.over for task in tasks):
                return True
    return False


def due_at(discharged: datetime, step: Step, zone: str) -> datetime:
    """`after_days` local days later at the step's wall-clock time."""
    day = discharged.astimezone(ZoneInfo(zone)).date() + timedelta(days=step.after_days)
    return datetime.combine(day, step.at, ZoneInfo(zone))


def _stop(c: StopPlans, person: Person) -> Iterator[FollowupEvent]:
    for task_id, task in person.tasks.items():
        visit = person.enrolments[task.enrolment_id].visit_id
        if task.status == "waiting" and c.visit_id in (None, visit):
            yield TaskCancelled(at=c.at, person_id=c.person_id, task_id=task_id, reason=c.reason)
            yield TimerCancelled(at=c.at, person_id=c.person_id, timer_id=task_id, version=task.version)


def _fire(c: FireTimer, person: Person, definitions: Definitions) -> list[FollowupEvent]:
    task = person.tasks.get(c.timer_id)
    if task is None or task.status != "waiting" or task.version != c.version:
        return []
    enrolment = person.enrolments[task.enrolment_id]
    step = next(step for step in definitions.version(Plan, enrolment.plan).steps if step.id == task.step)
    common = {
        "at": c.at,
        "person_id": c.person_id,
        "task_id": c.timer_id,
        "template": step.template,
        "purpose": step.purpose,
        "department": enrolment.department,
    }
    if step.kind == "reminder":
        return [ReminderDue.model_validate({**common, "valid_until": c.due + timedelta(hours=step.valid_hours)})]
    survey = definitions.find(Survey, step.survey or "")
    if survey is None:
        missing = f"survey-not-published:{step.survey}"
        return [TaskCancelled(at=c.at, person_id=c.person_id, task_id=c.timer_id, reason=missing)]
    until = c.due + timedelta(days=survey.open_days)
    return [SurveyInvited.model_validate({**common, "survey": survey.ref, "valid_until": until})]


def _answer(c: AnswerSurvey, person: Person, definitions: Definitions) -> Sequence[FollowupEvent] | Rejection:
    task = person.tasks.get(c.task_id)
    if task is None or task.status not in ("asked", "answered"):
        return Rejection("survey-not-open", f"no survey {c.task_id} was sent to this person")
    if task.status == "answered":
        return Rejection("survey-answered", "this survey was answered already: thank you")
    survey = definitions.version(Survey, task.survey)
    if not 1 <= c.score <= survey.scale:
        return Rejection("score-invalid", f"`score` must be 1 to {survey.scale}")
    enrolment = person.enrolments[task.enrolment_id]
    return [
        SurveyAnswered(
            at=c.at,
            person_id=c.person_id,
            task_id=c.task_id,
            survey=survey.ref,
            score=c.score,
            alarm=c.score <= survey.alarm_at,
            department=enrolment.department,
            doctor=enrolment.doctor,
            comment=c.comment,
        )
    ]


def evolve(person: Person, event: FollowupEvent) -> Person:
    """What of it decides later."""
    match event:
        case EnrolledInPlan():
            fresh = Enrolment(
                plan=event.plan,
                visit_id=event.visit_id,
                department=event.department,
                doctor=event.doctor,
                cause_id=event.cause_id,
                taken_from=event.taken_from,
            )
            return person.model_copy(update={"enrolments": {**person.enrolments, event.enrolment_id: fresh}})
        case TaskScheduled():
            task = Task(enrolment_id=event.enrolment_id, step=event.step, kind=event.kind, due=event.due)
            return _with(person, event.task_id, task)
        case TimerSet():
            return _changed(person, event.timer_id, version=event.version)
        case TaskCancelled():
            return _changed(person, event.task_id, status=HANDED if event.reason == HANDED else "cancelled")
        case ReminderDue():
            return _changed(person, event.task_id, status="reminded")
        case SurveyInvited():
            return _changed(person, event.task_id, status="asked", survey=event.survey)
        case SurveyAnswered():
            return _changed(person, event.task_id, status="answered")
        case TimerCancelled() | NoPlanMatched() | TasksHandedOver():
            return person
        case _:
            assert_never(event)


def _changed(person: Person, task_id: str, **news: object) -> Person:
    return _with(person, task_id, person.tasks[task_id].model_copy(update=news))


def _with(person: Person, task_id: str, task: Task) -> Person:
    return person.model_copy(update={"tasks": {**person.tasks, task_id: task}})


DECIDER = Decider(service="followup", initial=Person, decide=decide, evolve=evolve, state=Person, state_version=2)
