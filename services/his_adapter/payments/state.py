"""What of a payment decides what comes next, and how events change it. Pure."""

from decimal import Decimal
from typing import Literal, assert_never

from shared.contracts.base import Part, Personal, changed
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
    RefundDeclined,
    RefundFailed,
    RefundMade,
    RefundProposed,
    SettlementDeclined,
    SettlementProposed,
    Step,
    TimerCancelled,
    TimerSet,
)
from shared.second_person import Proposal

PaymentsEvent = PaymentNews | TimerSet | TimerCancelled
Status = Literal["none", "ordering", "offered", "paid", "closed", "stray"]
Stage = Literal["", "claimed", "started", "waiting"]

REMEMBERED = 50
"""Proposals that were decided, so many of one payment: who asks again is answered as before."""
REACHED: dict[type[Part], Status] = {PaymentOffered: "offered", PaymentMade: "paid", PaymentClosed: "closed"}


class WaitingRefund(Proposal):
    """A refund that waits for a second person."""

    refund: Refund


class WaitingSettlement(Proposal):
    """How somebody wants to settle a dispute, waiting for a second person."""

    note: Personal[str] = None


class Payment(Part):
    """One payment. `step` at `stage` is what the platform is being asked; `stray` is one that only its bill knows.

    `refund` is the one under way, `failed` those that the platform may still carry out until a person settles them (at
    WeChat Pay an abnormal refund is finished by hand); `timer` the version of its only timer. `proposed` and
    `settlement` wait for a second person, `answered` are the last such proposals, and whether they were approved.
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
    proposed: WaitingRefund | None = None
    settlement: WaitingSettlement | None = None
    answered: dict[str, bool] = {}

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
        case RefundProposed() | RefundDeclined() | SettlementProposed() | SettlementDeclined():
            return _followed(payment, event)
        case RefundAsked():
            after = _answered(payment, event.refund.refund_id, True) if event.approved_by else payment
            return changed(after, refund=event.refund, proposed=None)
        case RefundMade():
            left = {id: amount for id, amount in payment.failed.items() if id != event.refund_id}
            done, sum = (*payment.refunds, event.refund_id), payment.refunded + event.amount
            return changed(_over(payment, event.refund_id), refunds=done, refunded=sum, failed=left)
        case RefundFailed():
            amount = payment.refund.amount if payment.refund else Decimal(0)
            failed = {**payment.failed, event.refund_id: amount}
            return changed(_over(payment, event.refund_id), failed=failed, settlement=None)
        case PaymentReconciled():
            return changed(payment, reconciled=True)
        case PaymentDisputed():
            status = "stray" if payment.status == "none" else payment.status
            return changed(payment, disputed=True, status=status, settlement=None)
        case DisputeSettled():
            after = _answered(payment, event.proposal_id, True) if event.proposal_id else payment
            return changed(after, disputed=False, reconciled=True, failed={}, settlement=None)
        case TimerSet():
            return changed(payment, timer=event.version, stage=payment.stage if payment.stage == "waiting" else "")
        case TimerCancelled():
            return payment
        case _:
            assert_never(event)


def _followed(
    payment: Payment, event: RefundProposed | RefundDeclined | SettlementProposed | SettlementDeclined
) -> Payment:
    match event:
        case RefundProposed():
            refund = event.refund
            waits = WaitingRefund(id=refund.refund_id, by=event.asked_by, until=event.until, refund=refund)
            return changed(payment, proposed=waits)
        case RefundDeclined():
            return changed(_answered(payment, event.refund_id, False), proposed=None)
        case SettlementProposed():
            wants = WaitingSettlement(id=event.proposal_id, by=event.proposed_by, until=event.until, note=event.note)
            return changed(payment, settlement=wants)
        case SettlementDeclined():
            return changed(_answered(payment, event.proposal_id, False), settlement=None)
        case _:
            assert_never(event)


def _answered(payment: Payment, proposal: str, approved: bool) -> Payment:
    kept = list({**payment.answered, proposal: approved}.items())[-REMEMBERED:]
    return changed(payment, answered=dict(kept))


def _over(payment: Payment, refund_id: str) -> Payment:
    """The refund under way is over, if it is that one."""
    mine = payment.refund is not None and payment.refund.refund_id == refund_id
    return changed(payment, refund=None, stage="") if mine else payment
