"""What of a payment decides what comes next, and how events change it. Pure."""

from decimal import Decimal
from typing import Any, Literal, assert_never

from shared.contracts.base import Part
from shared.contracts.his_payments import (
    AttemptClaimed,
    AttemptDeferred,
    AttemptStarted,
    DisputeSettled,
    Order,
    PaymentAsked,
    PaymentClosed,
    PaymentDisputed,
    PaymentMade,
    PaymentOffered,
    PaymentReconciled,
    Refund,
    RefundAsked,
    RefundFailed,
    RefundMade,
    Step,
    TimerCancelled,
    TimerSet,
)

PaymentsEvent = (
    PaymentAsked
    | AttemptClaimed
    | AttemptStarted
    | AttemptDeferred
    | PaymentOffered
    | PaymentMade
    | PaymentClosed
    | RefundAsked
    | RefundMade
    | RefundFailed
    | PaymentReconciled
    | PaymentDisputed
    | DisputeSettled
    | TimerSet
    | TimerCancelled
)
Status = Literal["none", "ordering", "offered", "paid", "closed", "stray"]
Stage = Literal["", "claimed", "started", "waiting"]


class Payment(Part):
    """One payment. `step` at `stage` is what the platform is being asked; `stray` is one that only its bill knows.

    `refund` is the one under way; `timer` the version of its only timer.
    """

    status: Status = "none"
    person_id: str = ""
    order: Order | None = None
    step: Step = "order"
    stage: Stage = ""
    attempt: int = 0
    refund: Refund | None = None
    refunds: tuple[str, ...] = ()
    refunded: Decimal = Decimal(0)
    timer: int = 0
    reconciled: bool = False
    disputed: bool = False

    @property
    def sealed_for(self) -> str:
        """Whose key seals it in a checkpoint."""
        return self.person_id


def evolve(payment: Payment, event: PaymentsEvent) -> Payment:
    """Follow what happened."""
    return payment.model_copy(update=_news(payment, event))


def _news(payment: Payment, event: PaymentsEvent) -> dict[str, Any]:
    match event:
        case PaymentAsked():
            return {"status": "ordering", "person_id": event.person_id, "order": event.order}
        case AttemptClaimed():
            return {"step": event.step, "stage": "claimed", "attempt": event.attempt}
        case AttemptStarted():
            return {"stage": "started"}
        case AttemptDeferred():
            return {"stage": "waiting"}
        case PaymentOffered():
            return {"status": "offered", "stage": ""}
        case PaymentMade():
            return {"status": "paid", "stage": ""}
        case PaymentClosed():
            return {"status": "closed", "stage": ""}
        case RefundAsked():
            return {"refund": event.refund}
        case RefundMade() | RefundFailed():
            made = event.amount if isinstance(event, RefundMade) else Decimal(0)
            done = (*payment.refunds, event.refund_id)
            return {"refund": None, "stage": "", "refunds": done, "refunded": payment.refunded + made}
        case PaymentReconciled():
            return {"reconciled": True}
        case PaymentDisputed():
            stray = {"status": "stray"} if payment.status == "none" else {}
            return {"disputed": True, **stray}
        case DisputeSettled():
            return {"disputed": False, "reconciled": True}
        case TimerSet():
            return {"timer": event.version, "stage": payment.stage if payment.stage == "waiting" else ""}
        case TimerCancelled():
            return {}
        case _:
            assert_never(event)
