"""Facts, touchpoints, and what other services have open → what ties staff to a person. Pure.

It begins at the beginning of the log: what is told again is known already, and of old logs all is told.
"""

from datetime import datetime, timedelta
from typing import Any, assert_never, get_args

from services.contacts.access_commands import EndRelations, NoteRelation
from shared.contracts.base import Command, Event
from shared.contracts.complaints import CaseAssigned, CaseEscalated, CaseOpened, CaseResolved
from shared.contracts.contacts import TouchpointRecorded
from shared.contracts.contacts_access import MOST_STAFF, Campus, RelationKind
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
Booking = AppointmentBooked | AppointmentMoved
Case = CaseOpened | CaseAssigned | CaseEscalated | CaseResolved
Task = TaskScheduled | SurveyInvited | ReminderDue | SurveyAnswered | TaskCancelled | TasksHandedOver
CALLS = ("phone", "outreach", "desk", "kiosk")
AHEAD = timedelta(days=366)
"""How far ahead of what we know a visit may be: the clock of a sending system may be wrong."""


def _relate(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    event: Stay | Booking | TouchpointRecorded | Case | Task = heard.data
    match event:
        case PatientTransferred():
            departments = dict.fromkeys((event.from_department, event.visit.department))
            return [_treated(heard, each, event.at, definitions) for each in departments if each]
        case PatientAdmitted() | PatientDischarged() | VisitRegistered() | VisitUpdated():
            return [_treated(heard, event.visit.department, event.at, definitions)]
        case AppointmentBooked() | AppointmentMoved():
            booked = event.appointment
            return [_treated(heard, booked.department, max(event.at, booked.starts or event.at), definitions)]
        case TouchpointRecorded():
            return _touched(heard)
        case CaseOpened() | CaseAssigned() | CaseEscalated() | CaseResolved():
            return _case(heard)
        case TaskScheduled() | SurveyInvited() | ReminderDue() | SurveyAnswered() | TaskCancelled() | TasksHandedOver():
            return _task(heard)
        case _:
            assert_never(event)


def _treated(heard: Envelope[Stay | Booking], department: str, seen: datetime, definitions: Definitions) -> Command:
    """Once for each department of each campus. A sending system that no campus names is one of its own."""
    source = heard.data.source_system
    campus = next((each.id for each in definitions.current(Campus) if source in each.sources), source)
    id = f"treated/{campus.replace('/', ' ')}/{department}"
    seen = min(seen, heard.recorded + AHEAD)
    return _noted(heard, "treated", id, seen, department=department, campus=campus)


def _touched(heard: Envelope[TouchpointRecorded]) -> list[Command]:
    """Who was in touch with them; nobody is where no agent and no department is named."""
    touch = heard.data
    if not (touch.agent or touch.department):
        return []
    kind: RelationKind = "call" if touch.channel in CALLS else "thread"
    staff = (touch.agent,) if touch.agent else ()
    seen = min(touch.at, heard.recorded)
    return [
        _noted(heard, kind, f"{kind}/{touch.department}/{touch.agent}", seen, department=touch.department, staff=staff)
    ]


def _case(heard: Envelope[Case]) -> list[Command]:
    """Of the department it is about and of who works on it; of each level it went up to."""
    event = heard.data
    case = f"case/{event.case_id}"
    match event:
        case CaseOpened():
            return [_noted(heard, "case", case, event.at, department=event.department)]
        case CaseAssigned():
            return [_noted(heard, "case", case, event.at, staff=(event.assignee,))]
        case CaseEscalated():
            staff = event.escalated_to[:MOST_STAFF]
            return [_noted(heard, "case", f"{case}/{event.level}", event.at, staff=staff)] if staff else []
        case CaseResolved():
            return [_over(heard, event.case_id)]
        case _:
            assert_never(event)


def _task(heard: Envelope[Task]) -> list[Command]:
    """A step is open until it was released, answered or called off; a survey as long as it may be answered."""
    event = heard.data
    match event:
        case TaskScheduled():
            id = f"task/{event.enrolment_id}/{event.task_id}"
            return [_noted(heard, "task", id, event.at, department=event.department)]
        case SurveyInvited():
            id, until = f"task/survey/{event.task_id}", event.valid_until
            asked = _noted(heard, "task", id, event.at, department=event.department, until=until)
            return [_over(heard, event.task_id), asked]
        case ReminderDue() | SurveyAnswered() | TaskCancelled():
            return [_over(heard, event.task_id)]
        case TasksHandedOver():
            return [_over(heard, each.enrolment_id) for each in event.enrolments]
        case _:
            assert_never(event)


def _noted(heard: Envelope[Any], kind: RelationKind, id: str, seen: datetime, **more: Any) -> NoteRelation:
    cause, event = caused(heard, "relate", id), heard.data
    return NoteRelation(id=cause, at=event.at, person_id=event.person_id, relation_id=id, kind=kind, seen=seen, **more)


def _over(heard: Envelope[Any], about: str) -> EndRelations:
    cause, event = caused(heard, "relate-over", about), heard.data
    return EndRelations(id=cause, at=event.at, person_id=event.person_id, about=about)


TYPES: tuple[type[Event], ...] = (
    *get_args(Stay),
    *get_args(Booking),
    TouchpointRecorded,
    *get_args(Case),
    *get_args(Task),
)
RELATE = Policy("relate", ("contacts", "complaints", "followup"), TYPES, _relate, "contacts", begins="beginning")
