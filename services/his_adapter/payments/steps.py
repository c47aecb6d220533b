"""What decisions about payments are made of. Pure."""

from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from services.his_adapter.payments.commands import TIMERS, Compare, HearPlatform, PaymentsCommand
from services.his_adapter.payments.state import Payment, PaymentsEvent
from shared.contracts.his_payments import (
    AttemptClaimed,
    Dispute,
    PaymentDisputed,
    Refund,
    Step,
    TimerSet,
)
from shared.ids import derive


class About(TypedDict):
    """What every event of a payment carries."""

    at: datetime
    payment_id: str
    person_id: str


def about(c: PaymentsCommand, payment: Payment) -> About:
    """The payment a command is about."""
    return About(at=c.at, payment_id=c.payment_id, person_id=payment.person_id)


def claim(c: PaymentsCommand, payment: Payment, step: Step, refund: Refund | None = None) -> AttemptClaimed:
    """The platform is to be asked."""
    refund = refund or (payment.refund if step in ("refund", "refund-query") else None)
    assert payment.order is not None, "nothing is asked of a payment that nobody ordered"
    attempt = payment.attempt + 1
    return AttemptClaimed(**about(c, payment), attempt=attempt, step=step, order=payment.order, refund=refund)


def timer(c: PaymentsCommand, payment: Payment, due: datetime) -> TimerSet:
    """When to ask again; of a payment there is one timer."""
    return TIMERS.wake(c.at, c.payment_id, derive(c.payment_id, "timer"), payment.timer + 1, due)


def quiet(c: PaymentsCommand, payment: Payment) -> list[PaymentsEvent]:
    """Nothing more to ask, if something was to be."""
    if not payment.timer:
        return []
    return [TIMERS.cancel(c.at, c.payment_id, derive(c.payment_id, "timer"), payment.timer)]


def disputed(
    c: HearPlatform | Compare, payment: Payment, reason: Dispute, theirs: Decimal | None
) -> list[PaymentsEvent]:
    """An open item, once until it is settled."""
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
