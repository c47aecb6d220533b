"""What notify can be asked to do."""

from typing import Any, ClassVar

from pydantic import AwareDatetime

from shared.contracts import timers
from shared.contracts.base import Command, Personal
from shared.contracts.contacts import Human, Purpose
from shared.contracts.notify import Link, TimerCancelled, TimerSet


class RecipientCommand(Command):
    """Keyed by the person it goes to, or by the message where it goes to staff."""

    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str


class LearnRecipient(RecipientCommand):
    """contacts knows something new. None says nothing; `cleared` names what the hospital took back.

    `forget` clears everything (erasure). `consents` and `died` are of the past: now `LearnStanding` says so.
    """

    wire: ClassVar[str] = "careloop.notify.learn_recipient.v1"

    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None
    consents: dict[Purpose, bool] = {}
    died: bool = False
    forget: bool = False
    cleared: tuple[str, ...] = ()


class LearnStanding(RecipientCommand):
    """What the registry says of the human behind this record."""

    wire: ClassVar[str] = "careloop.notify.learn_standing.v1"

    human: Human
    dead: bool = False
    death_said: AwareDatetime | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, AwareDatetime] = {}


class LearnReach(RecipientCommand):
    """How the human can be reached by another record; `version` is that of the registry when it was shared."""

    wire: ClassVar[str] = "careloop.notify.learn_reach.v1"
    seal_field: ClassVar[str | None] = "about"

    about: str
    version: int
    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None


class ShareRefusals(RecipientCommand):
    """Of the past: tell another record of the same human what this one forbade."""

    wire: ClassVar[str] = "careloop.notify.share_refusals.v1"

    with_recipient: str


class RequestMessage(RecipientCommand):
    """Somebody should get a message."""

    wire: ClassVar[str] = "careloop.notify.request_message.v1"

    message_id: str
    purpose: Purpose
    template: str
    about: str
    person_id: str | None = None
    staff_id: str | None = None
    valid_until: AwareDatetime
    link: Link | None = None
    values: Personal[dict[str, Any]] = None


class FireTimer(RecipientCommand, timers.FireTimer):
    """A waiting message's time has come."""

    wire: ClassVar[str] = "careloop.notify.fire_timer.v1"


class StartAttempt(RecipientCommand):
    """A sender is about to send. `sender` names this run of it."""

    wire: ClassVar[str] = "careloop.notify.start_attempt.v1"

    message_id: str
    attempt: int
    sender: str


class FinishAttempt(RecipientCommand):
    """What the provider said: `provider_id`, or `failure` (and whether it is `permanent` or `unknown`)."""

    wire: ClassVar[str] = "careloop.notify.finish_attempt.v1"

    message_id: str
    attempt: int
    provider_id: str = ""
    failure: str = ""
    permanent: bool = False
    unknown: bool = False


class ReportReceipt(RecipientCommand):
    """The provider reports what became of a message it took over."""

    wire: ClassVar[str] = "careloop.notify.report_receipt.v1"

    message_id: str
    provider_id: str
    delivered: bool
    reason: str = ""


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)
NotifyCommand = (
    LearnRecipient
    | LearnStanding
    | LearnReach
    | ShareRefusals
    | RequestMessage
    | FireTimer
    | StartAttempt
    | FinishAttempt
    | ReportReceipt
)
