"""Published by notify: what was asked to be sent, what was decided, and what became of each attempt."""

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime

from shared.contracts import timers
from shared.contracts.base import Event, Part, Personal
from shared.contracts.contacts import Human, Purpose
from shared.contracts.timeline import Timeline


class NotifyEvent(Event):
    """Keyed by the person it goes to, or by the message where it goes to staff."""

    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    message_id: str


class Link(Part):
    """A page the message leads to; the sender signs it when it sends."""

    purpose: str
    subject: str
    expires: AwareDatetime
    path: str


class MessageRequested(NotifyEvent):
    """Somebody should get a message. `about` is the event that asks, `person_id` whom it concerns."""

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
    """It will not be sent: `reason` is a slug (`no-consent`, `no-address`, `too-late`, `no-template`, `died`)."""

    wire: ClassVar[str] = "careloop.notify.message_suppressed.v1"

    reason: str


class MessageDeferred(NotifyEvent):
    """It waits, for quiet hours or after a failed attempt."""

    wire: ClassVar[str] = "careloop.notify.message_deferred.v1"

    until: AwareDatetime
    reason: str
    definition: str = ""


class AttemptClaimed(NotifyEvent):
    """It may go out now, this way: the order to the sender."""

    wire: ClassVar[str] = "careloop.notify.attempt_claimed.v1"

    attempt: int
    channel: Literal["email"]
    template: str
    language: str
    link: Link | None = None
    address: Personal[str] = None
    values: Personal[dict[str, Any]] = None


class AttemptStarted(NotifyEvent):
    """A sender took it into its hands; from here on it may have been sent."""

    wire: ClassVar[str] = "careloop.notify.attempt_started.v1"

    attempt: int
    sender: str


class AttemptSucceeded(NotifyEvent):
    """The provider took it over, as `provider_id`."""

    wire: ClassVar[str] = "careloop.notify.attempt_succeeded.v1"

    attempt: int
    provider_id: str


class AttemptFailed(NotifyEvent):
    """The provider did not take it; `permanent` means that trying again is pointless."""

    wire: ClassVar[str] = "careloop.notify.attempt_failed.v1"

    attempt: int
    reason: str
    permanent: bool


class AttemptUnknown(NotifyEvent):
    """Started, and nobody knows whether it went out: a person decides, it is never repeated blindly."""

    wire: ClassVar[str] = "careloop.notify.attempt_unknown.v1"

    attempt: int
    reason: str


class MessageDelivered(NotifyEvent):
    """The provider says it reached the recipient's mailbox or device."""

    wire: ClassVar[str] = "careloop.notify.message_delivered.v1"

    provider_id: str


class MessageBounced(NotifyEvent):
    """The provider says it came back; `reason` is a code of its words (`smtp-5.1.1`), in older events those words."""

    wire: ClassVar[str] = "careloop.notify.message_bounced.v1"

    provider_id: str
    reason: str


class RecipientChanged(Event):
    """How a person can be reached and what they allow, as notify last learned it from contacts."""

    wire: ClassVar[str] = "careloop.notify.recipient_changed.v1"
    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None
    consents: dict[Purpose, bool] = {}
    died: bool = False


class StandingLearned(Event):
    """Whose record this is, whether they live and what they allow, as the registry told it."""

    wire: ClassVar[str] = "careloop.notify.standing_learned.v1"
    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    human: Human
    dead: bool = False
    death_said: AwareDatetime | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, AwareDatetime] = {}


class ReachShared(Event):
    """Two records are one human: how this one can be reached serves the other (`with_recipient`) too."""

    wire: ClassVar[str] = "careloop.notify.reach_shared.v1"
    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    with_recipient: str
    version: int
    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None


class ReachLearned(Event):
    """How the human can be reached by what is known under another record (`about`), under whose key it is sealed."""

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
    """Of the past: what one record forbade held for the other too. Now `StandingLearned` says so."""

    wire: ClassVar[str] = "careloop.notify.refusals_shared.v1"
    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str
    with_recipient: str
    refused: tuple[Purpose, ...]
    died: bool


class TimerSet(timers.TimerSet):
    """A waiting message's alarm clock."""

    wire: ClassVar[str] = "careloop.notify.timer_set.v1"
    key_field: ClassVar[str] = "recipient_id"
    recipient_id: str


class TimerCancelled(timers.TimerCancelled):
    """A waiting message's alarm clock is off."""

    wire: ClassVar[str] = "careloop.notify.timer_cancelled.v1"
    key_field: ClassVar[str] = "recipient_id"
    recipient_id: str


MessageNews = (
    MessageRequested
    | MessageSuppressed
    | MessageDeferred
    | AttemptClaimed
    | AttemptStarted
    | AttemptSucceeded
    | AttemptFailed
    | AttemptUnknown
    | MessageDelivered
    | MessageBounced
)
"""What becomes of a message; without its timers."""


def _about(event: NotifyEvent) -> str | None:
    """Whom a message is about; None for one to staff that names nobody."""
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
        MessageDelivered,
        MessageBounced,
    ),
    _about,
)
