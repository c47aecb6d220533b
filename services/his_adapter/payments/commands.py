"""Commands of a payment."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal, Required, TypedDict

from shared.contracts import timers
from shared.contracts.base import Command, Moment, Personal
from shared.contracts.his_payments import Amount, PaymentOrder, TimerCancelled, TimerSet, ToldBy, Way


class PaymentCommand(Command):
    """Base of the commands, keyed by payment id."""

    key_field: ClassVar[str] = "payment_id"

    payment_id: str


class AskPayment(PaymentCommand):
    """Create a payment. Encrypted with the person's data key."""

    wire: ClassVar[str] = "careloop.his-payments.ask_payment.v1"
    seal_field: ClassVar[str | None] = "person_id"

    person_id: str
    asked_by: str
    order: PaymentOrder


def payment_number(command_id: str) -> str:
    """Return the id of a payment, which is the merchant's order number, from the id of the command that creates it."""
    return _number("P", command_id)


def refund_number(command_id: str) -> str:
    """Return the id of a refund, which is the merchant's refund number."""
    return _number("R", command_id)


def _number(letter: str, cause: str) -> str:
    """An id as payment platforms take it: at most 32 letters and digits (WeChat Pay API v3, `out_trade_no`)."""
    return letter + hashlib.sha256(cause.encode()).hexdigest()[:27].upper()


def payer_missing(way: Way, payer_ip: object) -> str:
    """What is missing to offer a payment this way; "" if nothing is."""
    if way == "h5" and payer_ip is None:
        return "`payer_ip` is required for h5: the address of the payer's phone"
    return ""


class CancelPayment(PaymentCommand):
    """Cancel a payment that was not made yet."""

    wire: ClassVar[str] = "careloop.his-payments.cancel_payment.v1"


class AskRefund(PaymentCommand):
    """Request a refund. Encrypted with the person's data key; with the payment's while the person is unknown."""

    wire: ClassVar[str] = "careloop.his-payments.ask_refund.v1"
    seal_field: ClassVar[str | None] = "person_id"

    asked_by: str
    refund_id: str
    amount: Amount
    reason: Personal[str] = None
    person_id: str = ""


class DecideRefund(PaymentCommand):
    """Approve or decline a proposed refund, as a second person."""

    wire: ClassVar[str] = "careloop.his-payments.decide_refund.v1"

    refund_id: str
    approved: bool
    decided_by: str


class StartStep(PaymentCommand):
    """A sender starts an attempt, that is, sends a request to the platform."""

    wire: ClassVar[str] = "careloop.his-payments.start_step.v1"

    attempt: int
    sender: str


PlatformState = Literal[
    "offered", "paid", "unpaid", "closed", "refunded", "refund-pending", "refund-failed", "trouble", "no"
]


class PlatformAnswer(TypedDict, total=False):
    """An answer of the platform as fields of `HearPlatform`, which checks them. `happened` is an ISO 8601 text."""

    state: Required[PlatformState]
    reason: str
    link: str
    transaction_id: str
    refund_id: str
    amount: Decimal | None
    happened: Any


class HearPlatform(PaymentCommand):
    """Process an answer, notification or bill line of the platform. `state`: its state of the payment or refund.

    `happened`: time of payment by the platform's clock. `attempt`: number of the sender's attempt, None for a
    notification or a bill line, which contain no `link` to encrypt.
    """

    wire: ClassVar[str] = "careloop.his-payments.hear_platform.v1"
    seal_field: ClassVar[str | None] = "person_id"

    attempt: int | None = None
    told_by: ToldBy
    state: PlatformState
    reason: str = ""
    link: Personal[str] = None
    transaction_id: str = ""
    refund_id: str = ""
    amount: Decimal | None = None
    happened: Moment | None = None
    person_id: str = ""


class Compare(PaymentCommand):
    """Compare a payment with the bill of a day. `theirs`: the amount in the bill, None if the payment is missing."""

    wire: ClassVar[str] = "careloop.his-payments.compare.v1"

    day: date
    theirs: Decimal | None = None
    transaction_id: str = ""


class SettleDispute(PaymentCommand):
    """Propose how to settle a dispute. Encrypted with the person's data key; with the payment's if it has no person.

    `proposal_id`: the id of the proposal; if "", the command's id.
    """

    wire: ClassVar[str] = "careloop.his-payments.settle_dispute.v1"
    seal_field: ClassVar[str | None] = "person_id"

    proposal_id: str = ""
    settled_by: str
    note: Personal[str] = None
    person_id: str = ""


class DecideSettlement(PaymentCommand):
    """Approve or decline a proposed settlement, as a second person."""

    wire: ClassVar[str] = "careloop.his-payments.decide_settlement.v1"

    proposal_id: str
    approved: bool
    decided_by: str


class FireTimer(PaymentCommand, timers.FireTimer):
    """Ask the platform again: the payment's timer is due."""

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
