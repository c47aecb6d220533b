"""Commands of notify."""

from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import AwareDatetime

from shared.contracts import timers
from shared.contracts.base import Command, Personal
from shared.contracts.contacts import Human, Purpose
from shared.contracts.notify import Link, TimerCancelled, TimerSet
from shared.text_form import TextForm


class RecipientCommand(Command):
    """Base of the commands. The key is the person id, or the message id for a message to staff."""

    key_field: ClassVar[str] = "recipient_id"

    recipient_id: str


class LearnRecipient(RecipientCommand):
    """contacts has new details. None means unchanged; `cleared` names fields that the hospital removed.

    `forget` clears everything (erasure). `consents` and `died` are only in old logs: now `LearnStanding` has them.
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
    """The registry's standing of the human behind this record."""

    wire: ClassVar[str] = "careloop.notify.learn_standing.v1"

    human: Human
    dead: bool = False
    death_said: AwareDatetime | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, AwareDatetime] = {}


class LearnReach(RecipientCommand):
    """Contact details of the human from another record; `version`: of the registry when they were shared."""

    wire: ClassVar[str] = "careloop.notify.learn_reach.v1"
    seal_field: ClassVar[str | None] = "about"

    about: str
    version: int
    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None


class ShareRefusals(RecipientCommand):
    """Only in old logs: pass this record's refusals to another record of the same human."""

    wire: ClassVar[str] = "careloop.notify.share_refusals.v1"

    with_recipient: str


class RequestMessage(RecipientCommand):
    """Send a message to the recipient."""

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
    """The time of a deferred message has come."""

    wire: ClassVar[str] = "careloop.notify.fire_timer.v1"


class StartAttempt(RecipientCommand):
    """A sender is about to send. `sender` identifies this run of it."""

    wire: ClassVar[str] = "careloop.notify.start_attempt.v1"

    message_id: str
    attempt: int
    sender: str


class FinishAttempt(RecipientCommand):
    """The provider's answer: `provider_id`, or `failure` with `permanent` or `unknown`."""

    wire: ClassVar[str] = "careloop.notify.finish_attempt.v1"

    message_id: str
    attempt: int
    provider_id: str = ""
    failure: str = ""
    permanent: bool = False
    unknown: bool = False


class SettleAttempt(RecipientCommand):
    """A person found out whether an attempt of unknown result arrived; one that did not is made once more."""

    wire: ClassVar[str] = "careloop.notify.settle_attempt.v1"

    message_id: str
    attempt: int
    arrived: bool
    settled_by: str


PROVIDER_ID = r"^[^.\x00]+\.[0-9]{1,9}\.[^.\x00]+$"
"""The text form of a `ProviderId`, for what comes from outside."""


class ProviderId(NamedTuple):
    """Our id of an attempt at a message, by which a provider reports: `<message>.<attempt>.<recipient>`."""

    message_id: str
    attempt: int
    recipient_id: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Parse the text form. Raises ValueError."""
        message_id, attempt, recipient_id = text.split(".")
        return cls(message_id, int(attempt), recipient_id)

    def __str__(self) -> str:
        return f"{self.message_id}.{self.attempt}.{self.recipient_id}"


class ReportReceipt(RecipientCommand):
    """The provider reports delivery or bounce of a message that it accepted."""

    wire: ClassVar[str] = "careloop.notify.report_receipt.v1"

    message_id: str
    provider_id: Annotated[ProviderId, TextForm(ProviderId.of)]
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
    | SettleAttempt
    | ReportReceipt
)
