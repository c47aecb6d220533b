"""Published by notify: requested messages, decisions, and the result of each attempt."""

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime

from shared.contracts import timers
from shared.contracts.base import Event, Part, Personal
from shared.contracts.contacts import Human, Purpose
from shared.contracts.timeline import Timeline


class NotifyEvent(Event):
    """Base of message events. The key is the person id, or the message id for a message to staff."""

    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    message_id: str


class Link(Part):
    """A page that the message links to; the sender signs the link when it sends."""

    purpose: str
    subject: str
    expires: AwareDatetime
    path: str


class MessageRequested(NotifyEvent):
    """A message was requested. `about`: the event that caused it; `person_id`: whom it concerns."""

    wire: ClassVar[str] = "careloop.notify.message_requested.v1"

    purpose: Purpose
    template: str
    about: str
    person_id: str | None = None
    staff_id: str | None = None
    valid_until: AwareDatetime
    link: Link | None = None
    values: Personal[dict[str, Any]] = None


class MessageSuppressed(NotifyEvent):
    """The message will not be sent: `reason` is `no-consent`, `no-address`, `too-late`, `no-template` or `died`."""

    wire: ClassVar[str] = "careloop.notify.message_suppressed.v1"

    reason: str


class MessageDeferred(NotifyEvent):
    """The message waits, for the end of quiet hours or after a failed attempt."""

    wire: ClassVar[str] = "careloop.notify.message_deferred.v1"

    until: AwareDatetime
    reason: str
    definition: str = ""


class AttemptAssigned(NotifyEvent):
    """The message may be sent now in this way: an order to the sender."""

    wire: ClassVar[str] = "careloop.notify.attempt_claimed.v1"

    attempt: int
    channel: Literal["email"]
    template: str
    language: str
    link: Link | None = None
    address: Personal[str] = None
    values: Personal[dict[str, Any]] = None


class AttemptStarted(NotifyEvent):
    """A sender started; from now on the message may have been sent."""

    wire: ClassVar[str] = "careloop.notify.attempt_started.v1"

    attempt: int
    sender: str


class AttemptSucceeded(NotifyEvent):
    """The provider accepted the message, as `provider_id`."""

    wire: ClassVar[str] = "careloop.notify.attempt_succeeded.v1"

    attempt: int
    provider_id: str


class AttemptFailed(NotifyEvent):
    """The provider did not accept the message; `permanent`: do not retry."""

    wire: ClassVar[str] = "careloop.notify.attempt_failed.v1"

    attempt: int
    reason: str
    permanent: bool


class AttemptUnknown(NotifyEvent):
    """A started attempt has no known result: a person decides, it is not repeated."""

    wire: ClassVar[str] = "careloop.notify.attempt_unknown.v1"

    attempt: int
    reason: str


class AttemptSettled(NotifyEvent):
    """A person found out what became of an attempt whose result was unknown.

    `arrived`: the message reached its recipient; else it did not, and it is judged anew, to be sent once more.
    """

    wire: ClassVar[str] = "careloop.notify.attempt_settled.v1"

    attempt: int
    arrived: bool
    settled_by: str


class MessageDelivered(NotifyEvent):
    """The provider reports that the message reached the mailbox or device."""

    wire: ClassVar[str] = "careloop.notify.message_delivered.v1"

    provider_id: str


class MessageBounced(NotifyEvent):
    """The provider reports a bounce. `reason`: a code (`smtp-5.1.1`); in old events the provider's text."""

    wire: ClassVar[str] = "careloop.notify.message_bounced.v1"

    provider_id: str
    reason: str


class RecipientChanged(Event):
    """Contact details of a person, and consents in old logs, as learned from contacts."""

    wire: ClassVar[str] = "careloop.notify.recipient_changed.v1"
    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None
    consents: dict[Purpose, bool] = {}
    died: bool = False


class StandingLearned(Event):
    """The human of this record, whether they are dead, and their consents, from the registry."""

    wire: ClassVar[str] = "careloop.notify.standing_learned.v1"
    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    human: Human
    dead: bool = False
    death_said: AwareDatetime | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, AwareDatetime] = {}


class ReachShared(Event):
    """Contact details of this record are shared with another record of the human (`with_recipient`)."""

    wire: ClassVar[str] = "careloop.notify.reach_shared.v1"
    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    with_recipient: str
    version: int
    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None


class ReachLearned(Event):
    """Contact details from another record (`about`), encrypted with that record's key."""

    wire: ClassVar[str] = "careloop.notify.reach_learned.v1"
    key_field: ClassVar[str] = "recipient_id"
    seal_field: ClassVar[str | None] = "about"

    recipient_id: str
    about: str
    version: int
    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None


class RefusalsShared(Event):
    """Only in old logs: refusals of one record applied to another. Now `StandingLearned` has them."""

    wire: ClassVar[str] = "careloop.notify.refusals_shared.v1"
    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    with_recipient: str
    refused: tuple[Purpose, ...]
    died: bool


class TimerSet(timers.TimerSet):
    """Sets the timer of a deferred message."""

    wire: ClassVar[str] = "careloop.notify.timer_set.v1"
    key_field: ClassVar[str] = "recipient_id"
    recipient_id: str


class TimerCancelled(timers.TimerCancelled):
    """Cancels the timer of a deferred message."""

    wire: ClassVar[str] = "careloop.notify.timer_cancelled.v1"
    key_field: ClassVar[str] = "recipient_id"
    recipient_id: str


MessageNews = (
    MessageRequested
    | MessageSuppressed
    | MessageDeferred
    | AttemptAssigned
    | AttemptStarted
    | AttemptSucceeded
    | AttemptFailed
    | AttemptUnknown
    | AttemptSettled
    | MessageDelivered
    | MessageBounced
)
"""All events of a message, without its timers."""


def _about(event: NotifyEvent) -> str | None:
    """The person a message is about; None for a message to staff that names nobody."""
    person = getattr(event, "person_id", None)
    return person or (event.recipient_id if event.recipient_id != event.message_id else None)


TIMELINE = Timeline(
    "notify",
    3,
    (
        MessageRequested,
        MessageSuppressed,
        MessageDeferred,
        AttemptSucceeded,
        AttemptFailed,
        AttemptUnknown,
        AttemptSettled,
        MessageDelivered,
        MessageBounced,
    ),
    _about,
)
