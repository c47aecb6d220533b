"""Published by his_adapter's payments: what somebody was asked to pay, and what became of the money.

Amounts are decimals of an ISO 4217 currency. Words are WeChat Pay's v3 (transaction, refund, trade bill).
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import timers
from shared.contracts.base import Event, Moment, Part, Personal
from shared.contracts.his_requests import Subject, Text

Amount = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
Way = Literal["native", "h5"]
"""A code to scan, or a link that opens on a phone."""
Step = Literal["order", "query", "close", "refund", "refund-query"]
ToldBy = Literal["notification", "query", "bill"]
Dispute = Literal[
    "amount-differs",
    "unknown-here",
    "missing-there",
    "paid-after-closing",
    "refund-failed",
    "refund-unknown-here",
    "refund-unanswered",
]


class Order(Part):
    """What is to be paid. `subject` and `charges` are for the hospital system that is told once it is paid.

    `payer_ip` is where the payer's phone is on the network: h5 links open from there only.
    """

    provider: str
    amount: Amount
    currency: Literal["CNY"] = "CNY"
    way: Way = "native"
    description: Personal[Text] = None
    payer_ip: Personal[str] = None
    expires: Moment
    subject: Subject | None = None
    charges: tuple[str, ...] = ()


class Refund(Part):
    """Money on its way back; `total` is what was paid."""

    refund_id: str
    amount: Amount
    total: Amount
    reason: Personal[Text] = None


class PaymentEvent(Event):
    """Keyed by payment (the merchant's order number); personal fields are sealed for the person.

    A payment that only the platform's bill knows has no person: what is said of it is sealed for the payment.
    """

    key_field: ClassVar[str] = "payment_id"
    seal_field: ClassVar[str | None] = "person_id"

    payment_id: str
    person_id: str


class PaymentAsked(PaymentEvent):
    """Somebody is to pay."""

    wire: ClassVar[str] = "careloop.his-payments.payment_asked.v1"

    asked_by: str
    order: Order


class AttemptClaimed(PaymentEvent):
    """The payment platform is to be asked: the order to the sender."""

    wire: ClassVar[str] = "careloop.his-payments.attempt_claimed.v1"

    attempt: int
    step: Step
    order: Order
    refund: Refund | None = None


class AttemptStarted(PaymentEvent):
    """A sender took it into its hands."""

    wire: ClassVar[str] = "careloop.his-payments.attempt_started.v1"

    attempt: int
    sender: str


class AttemptDeferred(PaymentEvent):
    """The platform did not answer, or not finally: asked again at `until`, under the same numbers."""

    wire: ClassVar[str] = "careloop.his-payments.attempt_deferred.v1"

    attempt: int
    step: Step
    reason: str
    until: Moment


class PaymentOffered(PaymentEvent):
    """The platform took the order: `link` is the code to scan or the page to open, until `expires`."""

    wire: ClassVar[str] = "careloop.his-payments.payment_offered.v1"

    link: Personal[str] = None
    expires: Moment


class PaymentMade(PaymentEvent):
    """It is paid, as the platform's transaction."""

    wire: ClassVar[str] = "careloop.his-payments.payment_made.v1"

    transaction_id: str
    amount: Amount
    told_by: ToldBy
    order: Order


class PaymentClosed(PaymentEvent):
    """It will not be paid: `reason` is a slug (`expired`, `cancelled`, `refused`, `no-answer`)."""

    wire: ClassVar[str] = "careloop.his-payments.payment_closed.v1"

    reason: str
    detail: str = ""


class RefundProposed(PaymentEvent):
    """Somebody wants money to go back; until `until` a second person may let it."""

    wire: ClassVar[str] = "careloop.his-payments.refund_proposed.v1"

    asked_by: str
    refund: Refund
    until: Moment


class RefundDeclined(PaymentEvent):
    """A second person said no to a refund, or who asked for it took it back."""

    wire: ClassVar[str] = "careloop.his-payments.refund_declined.v1"

    refund_id: str
    declined_by: str


class RefundAsked(PaymentEvent):
    """Money is to go back; `approved_by` is the second person, "" where none was needed."""

    wire: ClassVar[str] = "careloop.his-payments.refund_asked.v1"

    asked_by: str
    refund: Refund
    approved_by: str = ""


class RefundMade(PaymentEvent):
    """Money went back."""

    wire: ClassVar[str] = "careloop.his-payments.refund_made.v1"

    refund_id: str
    amount: Amount
    told_by: ToldBy
    order: Order


class RefundFailed(PaymentEvent):
    """The platform cannot give it back; `reason` is its own code."""

    wire: ClassVar[str] = "careloop.his-payments.refund_failed.v1"

    refund_id: str
    reason: str


class PaymentReconciled(PaymentEvent):
    """The platform's bill of a day says what we know."""

    wire: ClassVar[str] = "careloop.his-payments.payment_reconciled.v1"

    day: date


class PaymentDisputed(PaymentEvent):
    """What the platform says is not what we know: an open item, for a person to settle."""

    wire: ClassVar[str] = "careloop.his-payments.payment_disputed.v1"

    reason: Dispute
    day: date | None = None
    theirs: Decimal | None = None
    transaction_id: str = ""


class SettlementProposed(PaymentEvent):
    """A person found out; until `until` a second one may confirm it."""

    wire: ClassVar[str] = "careloop.his-payments.settlement_proposed.v1"

    proposal_id: str
    proposed_by: str
    note: Personal[str] = None
    until: Moment


class SettlementDeclined(PaymentEvent):
    """A second person said no to a settlement, or who proposed it took it back."""

    wire: ClassVar[str] = "careloop.his-payments.settlement_declined.v1"

    proposal_id: str
    declined_by: str


class DisputeSettled(PaymentEvent):
    """A person found out, and a second one confirmed it (`confirmed_by`, "" in logs of older versions)."""

    wire: ClassVar[str] = "careloop.his-payments.dispute_settled.v1"

    settled_by: str
    note: Personal[str] = None
    confirmed_by: str = ""
    proposal_id: str = ""


class TimerSet(timers.TimerSet):
    """When to ask the platform again."""

    wire: ClassVar[str] = "careloop.his-payments.timer_set.v1"
    key_field: ClassVar[str] = "payment_id"
    payment_id: str


class TimerCancelled(timers.TimerCancelled):
    """Nothing more to ask."""

    wire: ClassVar[str] = "careloop.his-payments.timer_cancelled.v1"
    key_field: ClassVar[str] = "payment_id"
    payment_id: str


PaymentNews = (
    PaymentAsked
    | AttemptClaimed
    | AttemptStarted
    | AttemptDeferred
    | PaymentOffered
    | PaymentMade
    | PaymentClosed
    | RefundProposed
    | RefundDeclined
    | RefundAsked
    | RefundMade
    | RefundFailed
    | PaymentReconciled
    | PaymentDisputed
    | SettlementProposed
    | SettlementDeclined
    | DisputeSettled
)
"""What becomes of a payment; without its timers."""
