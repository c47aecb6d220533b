"""Tasks that come due and answers that come in. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from services.followup.commands import AnswerSurvey, FireTimer
from services.followup.definitions import Plan, Survey
from services.followup.state import NOT_PUBLISHED, PersonPlans, Reason
from shared.contracts.contacts import Purpose
from shared.contracts.followup import ReminderDue, SurveyAnswered, SurveyInvited, TaskCancelled
from shared.decider import Rejection
from shared.definitions import Definitions


class _Head(TypedDict):
    at: datetime
    person_id: str
    task_id: str
    template: str
    purpose: Purpose
    department: str


def fire(
    c: FireTimer, person: PersonPlans, definitions: Definitions
) -> list[ReminderDue | SurveyInvited | TaskCancelled]:
    """The timer of a task fired: send the reminder or survey, unless the timer was replaced or the task is over."""
    task = person.tasks.get(c.timer_id)
    if task is None or task.status != "waiting" or task.version != c.version:
        return []
    enrolment = person.enrolments[task.enrolment_id]
    step = next(step for step in definitions.version(Plan, enrolment.plan).steps if step.id == task.step)
    head = _Head(
        at=c.at,
        person_id=c.person_id,
        task_id=c.timer_id,
        template=step.template,
        purpose=step.purpose,
        department=enrolment.department,
    )
    if step.kind == "reminder":
        return [ReminderDue(**head, valid_until=c.due + timedelta(hours=step.valid_hours))]
    survey = definitions.find(Survey, step.survey or "")
    if survey is None:
        missing = Reason(NOT_PUBLISHED, step.survey)
        return [TaskCancelled(at=c.at, person_id=c.person_id, task_id=c.timer_id, reason=str(missing))]
    until = c.due + timedelta(days=survey.open_days)
    return [SurveyInvited(**head, survey=survey.ref, valid_until=until)]


def answer(c: AnswerSurvey, person: PersonPlans, definitions: Definitions) -> Sequence[SurveyAnswered] | Rejection:
    """Record an answer to a survey that was sent.

    Rejects with `survey-not-open`, `survey-answered` or `score-invalid`.
    """
    task = person.tasks.get(c.task_id)
    if task is None or task.status not in ("asked", "answered"):
        return Rejection("survey-not-open", f"no survey {c.task_id} was sent to this person")
    if task.status == "answered":
        return Rejection("survey-answered", "this survey was answered already: thank you")
    assert task.survey is not None, "what was asked is a survey"
    survey = definitions.version(Survey, task.survey)
    if not 1 <= c.score <= survey.scale:
        return Rejection("score-invalid", f"`score` must be 1 to {survey.scale}")
    enrolment, severity = person.enrolments[task.enrolment_id], survey.verdict(c.score)
    return [
        SurveyAnswered(
            at=c.at,
            person_id=c.person_id,
            task_id=c.task_id,
            survey=survey.ref,
            score=c.score,
            alarm=severity is not None,
            severity=severity,
            department=enrolment.department,
            doctor=enrolment.doctor,
            comment=c.comment,
        )
    ]
