"""Policy: facts, touchpoints, cases and tasks → relations of staff to a person. Pure.

It reads the topics from the beginning, so that older events count too; a repeated relation is a no-op.
"""

from datetime import datetime, timedelta
from typing import Any, assert_never, get_args

from services.contacts.access.commands import EndRelations, NoteRelation
from shared.contracts.base import Command, Event
from shared.contracts.complaints import CaseAssigned, CaseEscalated, CaseOpened, CaseResolved
from shared.contracts.contacts import TouchpointRecorded
from shared.contracts.contacts_access import MAX_STAFF, Campus, RelationKind, parts_of
from shared.contracts.followup import (
    ReminderDue,
    SurveyAnswered,
    SurveyInvited,
    TaskCancelled,
    TaskScheduled,
    TasksHandedOver,
)
from shared.contracts.person_facts import (
    AppointmentBooked,
    AppointmentMoved,
    PatientAdmitted,
    PatientDischarged,
    PatientTransferred,
    VisitRegistered,
    VisitUpdated,
)
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused

Stay = PatientAdmitted | PatientDischarged | PatientTransferred | VisitRegistered | VisitUpdated
RelatingBooking = AppointmentBooked | AppointmentMoved
RelatingCase = CaseOpened | CaseAssigned | CaseEscalated | CaseResolved
RelatingTask = TaskScheduled | SurveyInvited | ReminderDue | SurveyAnswered | TaskCancelled | TasksHandedOver
CALLS = ("phone", "outreach", "desk", "kiosk")
AHEAD = timedelta(days=366)
"""Limit for times after the time of recording, as the clock of a sending system may be wrong."""


def _relate(envelope: Envelope[Any], definitions: Definitions) -> list[Command]:
    event: Stay | RelatingBooking | TouchpointRecorded | RelatingCase | RelatingTask = envelope.data
    match event:
        case PatientTransferred():
            departments = dict.fromkeys((event.from_department, event.visit.department))
            return [_treated(envelope, department, event.at, definitions) for department in departments if department]
        case PatientAdmitted() | PatientDischarged() | VisitRegistered() | VisitUpdated():
            return [_treated(envelope, event.visit.department, event.at, definitions)]
        case AppointmentBooked() | AppointmentMoved():
            booked = event.appointment
            return [_treated(envelope, booked.department, max(event.at, booked.starts or event.at), definitions)]
        case TouchpointRecorded():
            return _touched(envelope)
        case CaseOpened() | CaseAssigned() | CaseEscalated() | CaseResolved():
            return _case(envelope)
        case TaskScheduled() | SurveyInvited() | ReminderDue() | SurveyAnswered() | TaskCancelled() | TasksHandedOver():
            return _task(envelope)
        case _:
            assert_never(event)


def _treated(
    envelope: Envelope[Stay | RelatingBooking], department: str, seen: datetime, definitions: Definitions
) -> Command:
    """One relation per department and campus. A source system in no `Campus` definition counts as its own campus."""
    source = envelope.data.source_system
    campus = next((campus.id for campus in definitions.current(Campus) if source in campus.sources), source)
    id = f"treated/{campus.replace('/', ' ')}/{department}"
    seen = min(seen, envelope.recorded + AHEAD)
    return _note_relation(envelope, "treated", id, seen, department=department, campus=campus)


def _touched(envelope: Envelope[TouchpointRecorded]) -> list[Command]:
    """A relation of the touchpoint's agent and department, if it has one."""
    touch = envelope.data
    if not (touch.agent or touch.department):
        return []
    kind: RelationKind = "call" if touch.channel in CALLS else "thread"
    staff = (touch.agent,) if touch.agent else ()
    seen = min(touch.at, envelope.recorded)
    return [
        _note_relation(
            envelope, kind, f"{kind}/{touch.department}/{touch.agent}", seen, department=touch.department, staff=staff
        )
    ]


def _case(envelope: Envelope[RelatingCase]) -> list[Command]:
    """Relations of the case's department, its assignee, and the staff of each escalation level."""
    event = envelope.data
    case = f"case/{event.case_id}"
    match event:
        case CaseOpened():
            return [_note_relation(envelope, "case", case, event.at, department=event.department)]
        case CaseAssigned():
            return [_note_relation(envelope, "case", case, event.at, staff=(event.assignee,))]
        case CaseEscalated():
            staff = event.escalated_to[:MAX_STAFF]
            return [_note_relation(envelope, "case", f"{case}/{event.level}", event.at, staff=staff)] if staff else []
        case CaseResolved():
            return [_end_relations(envelope, event.case_id)]
        case _:
            assert_never(event)


def _task(envelope: Envelope[RelatingTask]) -> list[Command]:
    """A relation while a task is open (until it is released, answered or cancelled); a survey until it expires."""
    event = envelope.data
    match event:
        case TaskScheduled():
            id = f"task/{event.enrolment_id}/{event.task_id}"
            return [_note_relation(envelope, "task", id, event.at, department=event.department)]
        case SurveyInvited():
            id, until = f"task/survey/{event.task_id}", event.valid_until
            survey = _note_relation(envelope, "task", id, event.at, department=event.department, until=until)
            return [_end_relations(envelope, event.task_id), survey]
        case ReminderDue() | SurveyAnswered() | TaskCancelled():
            return [_end_relations(envelope, event.task_id)]
        case TasksHandedOver():
            return [_end_relations(envelope, enrolment.enrolment_id) for enrolment in event.enrolments]
        case _:
            assert_never(event)


def _note_relation(envelope: Envelope[Any], kind: RelationKind, id: str, seen: datetime, **more: Any) -> NoteRelation:
    cause, event = caused(envelope, "relate", id), envelope.data
    about: dict[str, Any] = {"person_id": event.person_id, "relation_id": parts_of(id), "kind": kind, "seen": seen}
    return NoteRelation(id=cause, at=event.at, **about, **more)


def _end_relations(envelope: Envelope[Any], about: str) -> EndRelations:
    cause, event = caused(envelope, "relate-over", about), envelope.data
    return EndRelations(id=cause, at=event.at, person_id=event.person_id, about=about)


TYPES: tuple[type[Event], ...] = (
    *get_args(Stay),
    *get_args(RelatingBooking),
    TouchpointRecorded,
    *get_args(RelatingCase),
    *get_args(RelatingTask),
)
RELATE = Policy("relate", ("contacts", "complaints", "followup"), TYPES, _relate, "contacts", begins="beginning")
