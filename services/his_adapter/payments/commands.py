"""What can be asked of a payment."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal, Required, TypedDict

from shared.contracts import timers
from shared.contracts.base import Command, Moment, Personal
from shared.contracts.his_payments import Amount, Order, TimerCancelled, TimerSet, ToldBy


class PaymentCommand(Command):
    """Keyed by payment."""

    key_field: ClassVar[str] = "payment_id"

    payment_id: str


class AskPayment(PaymentCommand):
    """Somebody is to pay. Sealed for the person."""

    wire: ClassVar[str] = "careloop.his-payments.ask_payment.v1"
    seal_field: ClassVar[str | None] = "person_id"

    person_id: str
    asked_by: str
    order: Order


class CancelPayment(PaymentCommand):
    """It is not to be paid after all."""

    wire: ClassVar[str] = "careloop.his-payments.cancel_payment.v1"


class AskRefund(PaymentCommand):
    """Money is to go back. Sealed for the person; for the payment where they are not known (yet)."""

    wire: ClassVar[str] = "careloop.his-payments.ask_refund.v1"
    seal_field: ClassVar[str | None] = "person_id"

    asked_by: str
    refund_id: str
    amount: Amount
    reason: Personal[str] = None
    person_id: str = ""


class DecideRefund(PaymentCommand):
    """A second person's word on a refund."""

    wire: ClassVar[str] = "careloop.his-payments.decide_refund.v1"

    refund_id: str
    approved: bool
    decided_by: str


class StartStep(PaymentCommand):
    """A sender is about to ask the platform."""

    wire: ClassVar[str] = "careloop.his-payments.start_step.v1"

    attempt: int
    sender: str


State = Literal["offered", "paid", "unpaid", "closed", "refunded", "refund-pending", "refund-failed", "trouble", "no"]


class Said(TypedDict, total=False):
    """What a platform says, as fields of `HearPlatform`; `happened` is an ISO 8601 text that it checks."""

    state: Required[State]
    reason: str
    link: str
    transaction_id: str
    refund_id: str
    amount: Decimal | None
    happened: Any


class HearPlatform(PaymentCommand):
    """What the platform says, by whatever way; `state` is what it says of the payment or refund.

    `happened` is when it was paid, by the platform's clock.
    `attempt` is the sender's, None for a notification or a line of a bill, which have no `link` to seal.
    """

    wire: ClassVar[str] = "careloop.his-payments.hear_platform.v1"
    seal_field: ClassVar[str | None] = "person_id"

    attempt: int | None = None
    told_by: ToldBy
    state: State
    reason: str = ""
    link: Personal[str] = None
    transaction_id: str = ""
    refund_id: str = ""
    amount: Decimal | None = None
    happened: Moment | None = None
    person_id: str = ""


class Compare(PaymentCommand):
    """A day's bill says this of a payment; nothing (`theirs` None) where it should and does not."""

    wire: ClassVar[str] = "careloop.his-payments.compare.v1"

    day: date
    theirs: Decimal | None = None
    transaction_id: str = ""


class SettleDispute(PaymentCommand):
    """Somebody found out. Sealed for the person who paid; for the payment where nobody knows whose it is.

    `proposal_id` names the proposal, by the command where it is "".
    """

    wire: ClassVar[str] = "careloop.his-payments.settle_dispute.v1"
    seal_field: ClassVar[str | None] = "person_id"

    proposal_id: str = ""
    settled_by: str
    note: Personal[str] = None
    person_id: str = ""


class DecideSettlement(PaymentCommand):
    """A second person's word on a settlement."""

    wire: ClassVar[str] = "careloop.his-payments.decide_settlement.v1"

    proposal_id: str
    approved: bool
    decided_by: str


class FireTimer(PaymentCommand, timers.FireTimer):
    """It is time to ask the platform again."""

    wire: ClassVar[str] = "careloop.his-payments.fire_timer.v1"


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)
PaymentsCommand = (
    AskPayment
    | CancelPayment
    | AskRefund
    | DecideRefund
    | StartStep
    | HearPlatform
    | Compare
    | SettleDispute
    | DecideSettlement
    | FireTimer
)
