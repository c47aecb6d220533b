"""Projections: tasks with their status, and the language of each person."""

from typing import assert_never, get_args

from shared.access import ACCESS
from shared.contracts.contacts import PersonDetailsChanged, PersonErased, PersonRegistered
from shared.contracts.followup import (
    ReminderDue,
    SurveyAnswered,
    SurveyInvited,
    TaskCancelled,
    TaskScheduled,
)
from shared.definition_ref import named
from shared.humans import HUMANS
from shared.people import PEOPLE
from shared.projector import Item, Projection
from shared.projector.model import Document

TaskNews = TaskScheduled | TaskCancelled | ReminderDue | SurveyInvited | SurveyAnswered


def _task(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: TaskNews = item.envelope.data
    at = item.envelope.time
    match event:
        case TaskScheduled():
            scheduled = {"person_id": event.person_id, "kind": event.kind, "step": event.step}
            return {
                **scheduled,
                "enrolment_id": event.enrolment_id,
                "department": event.department,
                "plan": plan.id if (plan := named(event.plan)) else "",
                "due": event.due,
                "status": "waiting",
                "changed": at,
            }
        case TaskCancelled():
            fields: Document = {"status": "cancelled", "reason": event.reason}
        case ReminderDue():
            fields = {"status": "released"}
        case SurveyInvited():
            fields = {"status": "released", "survey": event.survey, "valid_until": event.valid_until}
        case SurveyAnswered():
            fields = {"status": "answered", "score": event.score, "alarm": event.alarm, "answer": item.raw}
        case _:
            assert_never(event)
    return {**(before or {}), **fields, "changed": at}


TASKS = Projection(
    collection="tasks",
    sources=("followup",),
    types=get_args(TaskNews),
    keys=lambda item: [item.envelope.data.task_id] if item.envelope else [],
    fold=_task,
    indexes=(
        [("person_id", 1), ("due", 1)],
        [("due", 1), ("_id", 1)],
        [("status", 1), ("due", 1), ("_id", 1)],
        [("department", 1), ("due", 1), ("_id", 1)],
        [("alarm", 1), ("due", 1), ("_id", 1)],
    ),
)


def _language(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: PersonRegistered | PersonDetailsChanged | PersonErased = item.envelope.data
    if isinstance(event, PersonErased) or (before or {}).get("erased"):
        return {"language": None, "erased": True}
    return {"language": event.details.language}


def _people(item: Item) -> list[str]:
    assert item.envelope is not None
    event: PersonRegistered | PersonDetailsChanged | PersonErased = item.envelope.data
    return list(event.cluster) if isinstance(event, PersonErased) else [event.person_id]


LANGUAGES = Projection(
    collection="languages",
    sources=("contacts", "contacts-registry"),
    types=(PersonRegistered, PersonDetailsChanged, PersonErased),
    keys=_people,
    fold=_language,
)
PROJECTIONS = (TASKS, LANGUAGES, HUMANS, PEOPLE, ACCESS)
