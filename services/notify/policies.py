"""Other services' events → my commands."""

from datetime import timedelta
from typing import Any

from services.notify.commands import LearnRecipient, RequestMessage, ShareRefusals
from shared.contracts.base import Command
from shared.contracts.complaints import CaseEscalated
from shared.contracts.contacts import (
    ConsentChanged,
    PersonDetailsChanged,
    PersonErased,
    PersonRegistered,
    PersonsMerged,
)
from shared.contracts.followup import ReminderDue, SurveyInvited
from shared.contracts.his_watches import SourceFellSilent
from shared.contracts.notify import Link, RefusalsShared
from shared.contracts.person_facts import PatientDied
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, caused

ALERT_VALID = timedelta(days=2)


def _learn(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """How people can be reached and what they allow."""
    event = heard.data
    if isinstance(event, PersonErased):
        return [
            LearnRecipient(id=caused(heard, "learn", person), at=event.at, recipient_id=person, forget=True)
            for person in event.cluster
        ]
    news: dict[str, Any] = {}
    match event:
        case PersonRegistered() | PersonDetailsChanged():
            news = {name: getattr(event.details, name) for name in ("email", "language", "name")}
        case ConsentChanged():
            news = {"consents": {event.purpose: event.granted}}
        case PatientDied():
            news = {"died": True}
    return [LearnRecipient(id=caused(heard, "learn"), at=event.at, recipient_id=event.person_id, **news)]


def _merge(heard: Envelope[PersonsMerged], definitions: Definitions) -> list[Command]:
    """A no to one record of a human is a no to the human, both ways."""
    merged = heard.data
    pairs = ((merged.person_id, merged.merged_id), (merged.merged_id, merged.person_id))
    return [
        ShareRefusals(id=caused(heard, "share", one), at=merged.at, recipient_id=one, with_recipient=other)
        for one, other in pairs
    ]


def _obey(heard: Envelope[RefusalsShared], definitions: Definitions) -> list[Command]:
    shared = heard.data
    consents = dict.fromkeys(shared.refused, False)
    id, to = caused(heard, "obey"), shared.with_recipient
    return [LearnRecipient(id=id, at=shared.at, recipient_id=to, consents=consents, died=shared.died)]


def _remind(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """Whatever followup finds due, to the person."""
    due: ReminderDue | SurveyInvited = heard.data
    link = None
    if isinstance(due, SurveyInvited):
        link = Link(purpose="survey", subject=due.task_id, expires=due.valid_until, path="/followup/s/")
    return [
        RequestMessage(
            id=caused(heard, "notify"),
            at=due.at,
            recipient_id=due.person_id,
            message_id=derive(heard.id, "message"),
            purpose=due.purpose,
            template=due.template,
            about=heard.id,
            person_id=due.person_id,
            valid_until=due.valid_until,
            link=link,
            values=due.values,
        )
    ]


def _alert(heard: Envelope[CaseEscalated], definitions: Definitions) -> list[Command]:
    """Everybody an escalation names."""
    case = heard.data
    told = {"case_id": case.case_id, "department": case.department, "level": case.level, "reason": case.reason}
    return [_to_staff(heard, staff, case.template, told, case.person_id) for staff in case.escalated_to]


def _warn(heard: Envelope[SourceFellSilent], definitions: Definitions) -> list[Command]:
    """The staff a watch names, when its source falls silent."""
    silent = heard.data
    since, types = silent.since.isoformat(timespec="minutes"), ", ".join(silent.types)
    told = {"source": silent.source, "types": types, "minutes": silent.minutes, "since": since}
    return [_to_staff(heard, staff, silent.template, told) for staff in silent.staff]


def _to_staff(
    heard: Envelope[Any], staff: str, template: str, values: dict[str, Any], person_id: str | None = None
) -> RequestMessage:
    """Staff have no person id, so the message is its own recipient."""
    message_id = derive(heard.id, "message", staff)
    return RequestMessage(
        id=caused(heard, "notify", staff),
        at=heard.data.at,
        recipient_id=message_id,
        message_id=message_id,
        purpose="alert",
        template=template,
        about=heard.id,
        person_id=person_id,
        staff_id=staff,
        valid_until=heard.data.at + ALERT_VALID,
        values=values,
    )


POLICIES = (
    Policy(
        "learn",
        ("contacts", "contacts-registry"),
        (PersonRegistered, PersonDetailsChanged, ConsentChanged, PatientDied, PersonErased),
        _learn,
        "notify",
    ),
    Policy("merge", ("contacts-registry",), (PersonsMerged,), _merge, "notify"),
    Policy("obey", ("notify",), (RefusalsShared,), _obey, "notify"),
    Policy("remind", ("followup",), (ReminderDue, SurveyInvited), _remind, "notify"),
    Policy("alert", ("complaints",), (CaseEscalated,), _alert, "notify"),
    Policy("warn", ("his-watches",), (SourceFellSilent,), _warn, "notify"),
)
