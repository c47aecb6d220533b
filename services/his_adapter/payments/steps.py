"""What decisions about payments are made of. Pure."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from services.his_adapter.payments.commands import Compare, FireTimer, HearPlatform, PaymentsCommand
from services.his_adapter.payments.state import Payment, PaymentsEvent
from shared.contracts.his_payments import (
    AttemptClaimed,
    Dispute,
    PaymentDisputed,
    Refund,
    Step,
    TimerCancelled,
    TimerSet,
)
from shared.ids import derive


def common(c: PaymentsCommand, payment: Payment) -> dict[str, Any]:
    """What every event of a payment carries."""
    return {"at": c.at, "payment_id": c.payment_id, "person_id": payment.person_id}


def claim(c: PaymentsCommand, payment: Payment, step: Step, refund: Refund | None = None) -> AttemptClaimed:
    """The platform is to be asked."""
    refund = refund or (payment.refund if step in ("refund", "refund-query") else None)
    told = {"attempt": payment.attempt + 1, "step": step, "order": payment.order, "refund": refund}
    return AttemptClaimed.model_validate({**common(c, payment), **told})


def timer(c: PaymentsCommand, payment: Payment, due: datetime) -> TimerSet:
    """When to ask again; of a payment there is one timer."""
    return TimerSet(
        at=c.at,
        payment_id=c.payment_id,
        timer_id=derive(c.payment_id, "timer"),
        version=payment.timer + 1,
        due=due,
        command=FireTimer.wire,
    )


def quiet(c: PaymentsCommand, payment: Payment) -> list[PaymentsEvent]:
    """Nothing more to ask, if something was to be."""
    if not payment.timer:
        return []
    id = derive(c.payment_id, "timer")
    return [TimerCancelled(at=c.at, payment_id=c.payment_id, timer_id=id, version=payment.timer)]


def disputed(
    c: HearPlatform | Compare, payment: Payment, reason: Dispute, theirs: Decimal | None
) -> list[PaymentsEvent]:
    """An open item, once until it is settled."""
    told = {"reason": reason, "theirs": theirs, "transaction_id": c.transaction_id}
    day = {"day": c.day} if isinstance(c, Compare) else {}
    return [] if payment.disputed else [PaymentDisputed.model_validate({**common(c, payment), **told, **day})]
