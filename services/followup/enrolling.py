"""Enrolment of a discharge: in which plans, with which steps, and when each is due. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.followup.commands import StartPlans
from services.followup.definitions import Plan, Step
from services.followup.state import PersonPlans
from shared.contracts.followup import EnrolledInPlan, EnrolmentBarred, NoPlanMatched, TaskScheduled
from shared.definitions import Definitions
from shared.ids import derive
from shared.rules import holds
from shared.wall_clock import moment

Enrolling = EnrolledInPlan | TaskScheduled


def start(
    c: StartPlans, person: PersonPlans, definitions: Definitions
) -> Iterator[Enrolling | EnrolmentBarred | NoPlanMatched]:
    """Enrol in every plan whose condition holds; for a dead person only record the plans (`EnrolmentBarred`)."""
    if person.forgotten:
        return
    facts = {"discharge": c.model_dump(include={"department", "doctor", "patient_class"})}
    facts["discharge"]["diagnoses"] = list(c.diagnoses or ())
    plans = definitions.current(Plan)
    fitting = [plan for plan in plans if holds(plan.when, facts)]
    if not fitting:
        considered = tuple(plan.ref for plan in plans)
        yield NoPlanMatched(
            at=c.at, person_id=c.person_id, cause_id=c.cause_id, department=c.department, considered=considered
        )
        return
    discharge = EnrolmentBarred(
        at=c.at,
        person_id=c.person_id,
        cause_id=c.cause_id,
        visit_id=c.visit_id,
        department=c.department,
        doctor=c.doctor,
        plans=tuple(plan.ref for plan in fitting),
        about=c.about or c.person_id,
        began=c.at,
        order=c.order,
        reason="died",
    )
    if not person.dead:
        yield from enrol(c.at, discharge, person, definitions)
    elif c.cause_id not in person.barred:
        yield discharge


def enrol(
    at: datetime, discharge: EnrolmentBarred, person: PersonPlans, definitions: Definitions
) -> Iterator[Enrolling]:
    """Enrol in each plan of a discharge and schedule its steps."""
    for ref in discharge.plans:
        plan = definitions.version(Plan, ref)
        enrolment_id = derive(discharge.person_id, discharge.cause_id, plan.id)
        if enrolment_id in person.enrolments or _is_enrolled(person, discharge.visit_id, plan):
            continue
        yield EnrolledInPlan(
            at=at,
            person_id=discharge.person_id,
            enrolment_id=enrolment_id,
            plan=plan.ref,
            cause_id=discharge.cause_id,
            visit_id=discharge.visit_id,
            department=discharge.department,
            doctor=discharge.doctor,
            about=discharge.about,
            began=discharge.began,
            order=discharge.order,
        )
        for step in plan.steps:
            yield TaskScheduled(
                at=at,
                person_id=discharge.person_id,
                task_id=derive(enrolment_id, step.id),
                enrolment_id=enrolment_id,
                step=step.id,
                kind=step.kind,
                due=due_at(discharge.began, step, plan.zone),
                department=discharge.department,
                plan=plan.ref,
            )


def _is_enrolled(person: PersonPlans, visit_id: str, plan: Plan) -> bool:
    """Whether the plan already runs for this visit.

    An enrolment does not count if all of its tasks were cancelled, or if its discharge was undone.
    """
    for enrolment_id, enrolment in person.enrolments.items():
        undone = person.stops.get(f"{enrolment.about}/{visit_id}")
        if undone and enrolment.order <= undone.order:
            continue
        if enrolment.visit_id == visit_id and enrolment.plan.id == plan.id:
            tasks = [task for task in person.tasks.values() if task.enrolment_id == enrolment_id]
            if not all(task.over for task in tasks):
                return True
    return False


def due_at(discharged: datetime, step: Step, zone: str) -> datetime:
    """The UTC time of a step: `after_days` local days later at its wall-clock time.

    A local time that does not exist (daylight saving) becomes the time of the clock change.
    """
    day = discharged.astimezone(ZoneInfo(zone)).date() + timedelta(days=step.after_days)
    return moment(day, step.at, zone, discharged)
