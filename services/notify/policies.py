"""Other services' events → my commands."""

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
"""How long an alert was worth telling before it said so itself."""
REACH = ("email", "language", "name")


def _learn(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """How people can be reached, as the hospital says or a person confirmed."""
    event: PersonRegistered | PersonDetailsChanged | PersonErased = heard.data
    if isinstance(event, PersonErased):
        return [
            LearnRecipient(id=caused(heard, "learn", person), at=event.at, recipient_id=person, forget=True)
            for person in event.cluster
        ]
    said = {name: getattr(event.details, name) for name in REACH}
    cleared = [name for name in getattr(event, "changed", ()) if name in REACH and said[name] is None]
    id = caused(heard, "learn")
    return [LearnRecipient(id=id, at=event.at, recipient_id=event.person_id, **said, cleared=tuple(cleared))]


def _stand(heard: Envelope[PersonStandingChanged], definitions: Definitions) -> list[Command]:
    """Whether they live and what they allow is the registry's word, under whichever record it was said."""
    event = heard.data
    leave = ("person_id", "dead_since")
    return [retold(LearnStanding, event, leave=leave, id=caused(heard, "stand"), recipient_id=event.person_id)]


def _reach(heard: Envelope[ReachShared], definitions: Definitions) -> list[Command]:
    """An address known under any record serves the human."""
    shared = heard.data
    said = {name: getattr(shared, name) for name in (*REACH, "version")}
    to, about = shared.with_recipient, shared.recipient_id
    return [LearnReach(id=caused(heard, "reach"), at=shared.at, recipient_id=to, about=about, **said)]


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
    return [_to_staff(heard, staff, case.template, case.message_values, case.person_id) for staff in case.escalated_to]


def _warn(heard: Envelope[SourceFellSilent], definitions: Definitions) -> list[Command]:
    """The staff a watch names, when its source falls silent."""
    silent = heard.data
    return [_to_staff(heard, staff, silent.template, silent.message_values) for staff in silent.staff]


def _to_staff(
    heard: Envelope[CaseEscalated | SourceFellSilent],
    staff: str,
    template: str,
    values: dict[str, Any],
    person_id: str | None = None,
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
        valid_until=heard.data.valid_until or heard.data.at + ALERT_VALID,
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
