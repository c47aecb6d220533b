"""What of a payment decides what comes next, and how events change it. Pure."""

from decimal import Decimal
from typing import Literal, assert_never

from shared.contracts.base import Part, changed
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
    PaymentNews,
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

PaymentsEvent = PaymentNews | TimerSet | TimerCancelled
Status = Literal["none", "ordering", "offered", "paid", "closed", "stray"]
Stage = Literal["", "claimed", "started", "waiting"]

REACHED: dict[type[Part], Status] = {PaymentOffered: "offered", PaymentMade: "paid", PaymentClosed: "closed"}


class Payment(Part):
    """One payment. `step` at `stage` is what the platform is being asked; `stray` is one that only its bill knows.

    `refund` is the one under way, `failed` those that the platform may still carry out until a person settles them (at
    WeChat Pay an abnormal refund is finished by hand); `timer` the version of its only timer.
    """

    status: Status = "none"
    person_id: str = ""
    order: Order | None = None
    step: Step = "order"
    stage: Stage = ""
    attempt: int = 0
    refund: Refund | None = None
    refunds: tuple[str, ...] = ()
    failed: dict[str, Decimal] = {}
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
    match event:
        case PaymentAsked():
            return changed(payment, status="ordering", person_id=event.person_id, order=event.order)
        case AttemptClaimed():
            return changed(payment, step=event.step, stage="claimed", attempt=event.attempt)
        case AttemptStarted():
            return changed(payment, stage="started")
        case AttemptDeferred():
            return changed(payment, stage="waiting")
        case PaymentOffered() | PaymentMade() | PaymentClosed():
            return changed(payment, status=REACHED[type(event)], stage="")
        case RefundAsked():
            return changed(payment, refund=event.refund)
        case RefundMade():
            left = {id: amount for id, amount in payment.failed.items() if id != event.refund_id}
            done, sum = (*payment.refunds, event.refund_id), payment.refunded + event.amount
            return changed(_over(payment, event.refund_id), refunds=done, refunded=sum, failed=left)
        case RefundFailed():
            amount = payment.refund.amount if payment.refund else Decimal(0)
            return changed(_over(payment, event.refund_id), failed={**payment.failed, event.refund_id: amount})
        case PaymentReconciled():
            return changed(payment, reconciled=True)
        case PaymentDisputed():
            return changed(payment, disputed=True, status="stray" if payment.status == "none" else payment.status)
        case DisputeSettled():
            return changed(payment, disputed=False, reconciled=True, failed={})
        case TimerSet():
            return changed(payment, timer=event.version, stage=payment.stage if payment.stage == "waiting" else "")
        case TimerCancelled():
            return payment
        case _:
            assert_never(event)


def _over(payment: Payment, refund_id: str) -> Payment:
    """The refund under way is over, if it is that one."""
    mine = payment.refund is not None and payment.refund.refund_id == refund_id
    return changed(payment, refund=None, stage="") if mine else payment
