"""Policies: events of other services → commands of notify."""

from datetime import timedelta
from typing import Any

from services.notify.commands import LearnReach, LearnRecipient, LearnStanding, RequestMessage
from shared.contracts.base import Command, retold
from shared.contracts.complaints import CaseEscalated
from shared.contracts.contacts import PersonDetailsChanged, PersonErased, PersonRegistered
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.followup import ReminderDue, SurveyInvited
from shared.contracts.his_watches import SourceFellSilent
from shared.contracts.notify import Link, ReachShared
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, caused

ALERT_VALID = timedelta(days=2)
"""Validity of alerts from older versions, whose events do not have one."""
REACH = ("email", "language", "name")


def _learn(envelope: Envelope[Any], definitions: Definitions) -> list[Command]:
    """Pass on contact details from the hospital or confirmed by a person."""
    event: PersonRegistered | PersonDetailsChanged | PersonErased = envelope.data
    if isinstance(event, PersonErased):
        return [
            LearnRecipient(id=caused(envelope, "learn", person), at=event.at, recipient_id=person, forget=True)
            for person in event.cluster
        ]
    details = {name: getattr(event.details, name) for name in REACH}
    cleared = [name for name in getattr(event, "changed", ()) if name in REACH and details[name] is None]
    id = caused(envelope, "learn")
    return [LearnRecipient(id=id, at=event.at, recipient_id=event.person_id, **details, cleared=tuple(cleared))]


def _stand(envelope: Envelope[PersonStandingChanged], definitions: Definitions) -> list[Command]:
    """Pass on the registry's standing: dead or alive, and consents."""
    event = envelope.data
    leave = ("person_id", "dead_since")
    return [retold(LearnStanding, event, leave=leave, id=caused(envelope, "stand"), recipient_id=event.person_id)]


def _reach(envelope: Envelope[ReachShared], definitions: Definitions) -> list[Command]:
    """Pass contact details of one record to another record of the human."""
    shared = envelope.data
    details = {name: getattr(shared, name) for name in (*REACH, "version")}
    to, about = shared.with_recipient, shared.recipient_id
    return [LearnReach(id=caused(envelope, "reach"), at=shared.at, recipient_id=to, about=about, **details)]


def _remind(envelope: Envelope[Any], definitions: Definitions) -> list[Command]:
    """Request a message to the person for everything that followup reports due."""
    due: ReminderDue | SurveyInvited = envelope.data
    link = None
    if isinstance(due, SurveyInvited):
        link = Link(purpose="survey", subject=due.task_id, expires=due.valid_until, path="/followup/s/")
    return [
        RequestMessage(
            id=caused(envelope, "notify"),
            at=due.at,
            recipient_id=due.person_id,
            message_id=derive(envelope.id, "message"),
            purpose=due.purpose,
            template=due.template,
            about=envelope.id,
            person_id=due.person_id,
            valid_until=due.valid_until,
            link=link,
            values=due.values,
        )
    ]


def _alert(envelope: Envelope[CaseEscalated], definitions: Definitions) -> list[Command]:
    """Request a message to each member of staff that an escalation names."""
    case = envelope.data
    return [
        _to_staff(envelope, staff, case.template, case.message_values, case.person_id) for staff in case.escalated_to
    ]


def _warn(envelope: Envelope[SourceFellSilent], definitions: Definitions) -> list[Command]:
    """Request a message to the staff of a watch whose source fell silent."""
    silent = envelope.data
    return [_to_staff(envelope, staff, silent.template, silent.message_values) for staff in silent.staff]


def _to_staff(
    envelope: Envelope[CaseEscalated | SourceFellSilent],
    staff: str,
    template: str,
    values: dict[str, Any],
    person_id: str | None = None,
) -> RequestMessage:
    """A message to staff. Staff have no person id, so the message is its own recipient."""
    message_id = derive(envelope.id, "message", staff)
    return RequestMessage(
        id=caused(envelope, "notify", staff),
        at=envelope.data.at,
        recipient_id=message_id,
        message_id=message_id,
        purpose="alert",
        template=template,
        about=envelope.id,
        person_id=person_id,
        staff_id=staff,
        valid_until=envelope.data.valid_until or envelope.data.at + ALERT_VALID,
        values=values,
    )


POLICIES = (
    Policy(
        "learn",
        ("contacts", "contacts-registry"),
        (PersonRegistered, PersonDetailsChanged, PersonErased),
        _learn,
        "notify",
    ),
    Policy("stand", ("contacts",), (PersonStandingChanged,), _stand, "notify"),
    Policy("reach", ("notify",), (ReachShared,), _reach, "notify"),
    Policy("remind", ("followup",), (ReminderDue, SurveyInvited), _remind, "notify"),
    Policy("alert", ("complaints",), (CaseEscalated,), _alert, "notify"),
    Policy("warn", ("his-watches",), (SourceFellSilent,), _warn, "notify"),
)
