"""Published by his_adapter's payments: requested payments, attempts, refunds and disputes.

Amounts are decimals of an ISO 4217 currency. Terms are those of WeChat Pay API v3 (transaction, refund, trade bill).
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.contracts import timers
from shared.contracts.base import Event, Moment, Part, Personal
from shared.contracts.his_asks import ShortText, Subject

Amount = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
Way = Literal["native", "h5"]
"""A code to scan, or a link that opens on a phone."""
PaymentStep = Literal["order", "query", "close", "refund", "refund-query"]
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


class PaymentOrder(Part):
    """What is to be paid. `subject` and `charges`: for the hospital system that is notified of the payment.

    `payer_ip`: the network address of the payer's phone; h5 links open from there only.
    """

    provider: str
    amount: Amount
    currency: Literal["CNY"] = "CNY"
    way: Way = "native"
    description: Personal[ShortText] = None
    payer_ip: Personal[str] = None
    expires: Moment
    subject: Subject | None = None
    charges: tuple[str, ...] = ()


class Refund(Part):
    """A refund; `total`: what was paid."""

    refund_id: str
    amount: Amount
    total: Amount
    reason: Personal[ShortText] = None


class PaymentEvent(Event):
    """Base of payment events, keyed by payment (the merchant's order number); encrypted for the person.

    A payment that only the platform's bill has belongs to no person: it is encrypted with the payment's own key.
    """

    key_field: ClassVar[str] = "payment_id"
    seal_field: ClassVar[str | None] = "person_id"

    payment_id: str
    person_id: str


class PaymentAsked(PaymentEvent):
    """A payment was requested."""

    wire: ClassVar[str] = "careloop.his-payments.payment_asked.v1"

    asked_by: str
    order: PaymentOrder


class AttemptAssigned(PaymentEvent):
    """The payment platform must be asked: an order to the sender."""

    wire: ClassVar[str] = "careloop.his-payments.attempt_claimed.v1"

    attempt: int
    step: PaymentStep
    order: PaymentOrder
    refund: Refund | None = None


class AttemptStarted(PaymentEvent):
    """A sender started the attempt."""

    wire: ClassVar[str] = "careloop.his-payments.attempt_started.v1"

    attempt: int
    sender: str


class AttemptDeferred(PaymentEvent):
    """The platform gave no answer, or no final one: retried at `until` with the same numbers."""

    wire: ClassVar[str] = "careloop.his-payments.attempt_deferred.v1"

    attempt: int
    step: PaymentStep
    reason: str
    until: Moment


class PaymentOffered(PaymentEvent):
    """The platform accepted the order: `link` is the code to scan or the page to open, until `expires`."""

    wire: ClassVar[str] = "careloop.his-payments.payment_offered.v1"

    link: Personal[str] = None
    expires: Moment


class PaymentMade(PaymentEvent):
    """The payment was made, as the platform's transaction."""

    wire: ClassVar[str] = "careloop.his-payments.payment_made.v1"

    transaction_id: str
    amount: Amount
    told_by: ToldBy
    order: PaymentOrder


class PaymentClosed(PaymentEvent):
    """The payment will not be made: `reason` is a slug (`expired`, `cancelled`, `refused`, `no-answer`)."""

    wire: ClassVar[str] = "careloop.his-payments.payment_closed.v1"

    reason: str
    detail: str = ""


class RefundProposed(PaymentEvent):
    """A refund was proposed; a second person may approve it until `until`."""

    wire: ClassVar[str] = "careloop.his-payments.refund_proposed.v1"

    asked_by: str
    refund: Refund
    until: Moment


class RefundDeclined(PaymentEvent):
    """A refund was declined by a second person, or withdrawn by the proposer."""

    wire: ClassVar[str] = "careloop.his-payments.refund_declined.v1"

    refund_id: str
    declined_by: str


class RefundAsked(PaymentEvent):
    """A refund was started; `approved_by`: the second person, "" if none was needed."""

    wire: ClassVar[str] = "careloop.his-payments.refund_asked.v1"

    asked_by: str
    refund: Refund
    approved_by: str = ""


class RefundMade(PaymentEvent):
    """A refund was made."""

    wire: ClassVar[str] = "careloop.his-payments.refund_made.v1"

    refund_id: str
    amount: Amount
    told_by: ToldBy
    order: PaymentOrder


class RefundFailed(PaymentEvent):
    """The platform cannot make the refund; `reason` is the platform's code."""

    wire: ClassVar[str] = "careloop.his-payments.refund_failed.v1"

    refund_id: str
    reason: str


class PaymentReconciled(PaymentEvent):
    """The platform's bill of a day agrees with our data."""

    wire: ClassVar[str] = "careloop.his-payments.payment_reconciled.v1"

    day: date


class PaymentDisputed(PaymentEvent):
    """The platform's data differs from ours: an open item for a person to settle."""

    wire: ClassVar[str] = "careloop.his-payments.payment_disputed.v1"

    reason: Dispute
    day: date | None = None
    theirs: Decimal | None = None
    transaction_id: str = ""


class SettlementProposed(PaymentEvent):
    """A settlement of a dispute was proposed; a second person may confirm it until `until`."""

    wire: ClassVar[str] = "careloop.his-payments.settlement_proposed.v1"

    proposal_id: str
    proposed_by: str
    note: Personal[str] = None
    until: Moment


class SettlementDeclined(PaymentEvent):
    """A settlement was declined by a second person, or withdrawn by the proposer."""

    wire: ClassVar[str] = "careloop.his-payments.settlement_declined.v1"

    proposal_id: str
    declined_by: str


class DisputeSettled(PaymentEvent):
    """A dispute was settled, confirmed by a second person (`confirmed_by`, "" in old logs)."""

    wire: ClassVar[str] = "careloop.his-payments.dispute_settled.v1"

    settled_by: str
    note: Personal[str] = None
    confirmed_by: str = ""
    proposal_id: str = ""


class TimerSet(timers.TimerSet):
    """Sets the timer for the next question to the platform."""

    wire: ClassVar[str] = "careloop.his-payments.timer_set.v1"
    key_field: ClassVar[str] = "payment_id"
    payment_id: str


class TimerCancelled(timers.TimerCancelled):
    """Cancels the timer for the next question to the platform."""

    wire: ClassVar[str] = "careloop.his-payments.timer_cancelled.v1"
    key_field: ClassVar[str] = "payment_id"
    payment_id: str


PaymentNews = (
    PaymentAsked
    | AttemptAssigned
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
"""All events of a payment, without its timers."""
