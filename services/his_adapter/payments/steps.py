"""Events that several decisions about payments use: assign an attempt, set the timer, open a dispute. Pure."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from services.his_adapter.payments.commands import TIMERS, Compare, HearPlatform, PaymentsCommand
from services.his_adapter.payments.state import Payment, PaymentsEvent
from shared.contracts.his_payments import (
    AttemptAssigned,
    Dispute,
    PaymentDisputed,
    PaymentStep,
    Refund,
    TimerSet,
)
from shared.ids import derive


class AttemptFields(TypedDict):
    """The fields that every event of a payment has."""

    at: datetime
    payment_id: str
    person_id: str


def about(c: PaymentsCommand, payment: Payment) -> AttemptFields:
    """The common fields of the events of a command."""
    return AttemptFields(at=c.at, payment_id=c.payment_id, person_id=payment.person_id)


def assign(c: PaymentsCommand, payment: Payment, step: PaymentStep, refund: Refund | None = None) -> AttemptAssigned:
    """The event that makes the sender send a request to the platform."""
    refund = refund or (payment.refund if step in ("refund", "refund-query") else None)
    assert payment.order is not None, "nothing is asked of a payment that nobody ordered"
    attempt = payment.attempt + 1
    return AttemptAssigned(**about(c, payment), attempt=attempt, step=step, order=payment.order, refund=refund)


def timer(c: PaymentsCommand, payment: Payment, due: datetime) -> TimerSet:
    """Set the payment's only timer to `due`."""
    return TIMERS.wake(c.at, c.payment_id, derive(c.payment_id, "timer"), payment.timer + 1, due)


def cancel_timer(c: PaymentsCommand, payment: Payment) -> list[PaymentsEvent]:
    """Cancel the timer, if one was set."""
    if not payment.timer:
        return []
    return [TIMERS.cancel(c.at, c.payment_id, derive(c.payment_id, "timer"), payment.timer)]


def disputed(
    c: HearPlatform | Compare, payment: Payment, reason: Dispute, theirs: Decimal | None
) -> list[PaymentsEvent]:
    """Open a dispute, unless there is one that is not settled yet. `theirs`: the platform's amount."""
    if payment.disputed:
        return []
    dispute = PaymentDisputed(
        **about(c, payment),
        reason=reason,
        theirs=theirs,
        transaction_id=c.transaction_id,
        day=c.day if isinstance(c, Compare) else None,
    )
    return [dispute]
