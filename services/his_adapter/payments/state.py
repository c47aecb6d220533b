"""State of the payment aggregate, and `evolve`. Pure."""

from decimal import Decimal
from typing import Literal, assert_never

from shared.contracts.base import Part, Personal, changed
from shared.contracts.his_payments import (
    AttemptAssigned,
    AttemptDeferred,
    AttemptStarted,
    DisputeSettled,
    PaymentAsked,
    PaymentClosed,
    PaymentDisputed,
    PaymentMade,
    PaymentNews,
    PaymentOffered,
    PaymentOrder,
    PaymentReconciled,
    PaymentStep,
    Refund,
    RefundAsked,
    RefundDeclined,
    RefundFailed,
    RefundMade,
    RefundProposed,
    SettlementDeclined,
    SettlementProposed,
    TimerCancelled,
    TimerSet,
)
from shared.second_person import Proposal

PaymentsEvent = PaymentNews | TimerSet | TimerCancelled
Status = Literal["none", "ordering", "offered", "paid", "closed", "stray"]
AttemptStage = Literal["", "claimed", "started", "waiting"]

REMEMBERED = 50
"""Decided proposals that are kept per payment, so that a repeated request gets the same answer."""
REACHED: dict[type[Part], Status] = {PaymentOffered: "offered", PaymentMade: "paid", PaymentClosed: "closed"}


class WaitingRefund(Proposal):
    """A refund that waits for a second person."""

    refund: Refund


class WaitingSettlement(Proposal):
    """A proposed settlement that waits for a second person."""

    note: Personal[str] = None


class Payment(Part):
    """State of one payment. Status `stray`: a payment that only the platform's bill has.

    `step`, `stage`, `attempt`: the current request to the platform and its progress; attempts count over the whole
    payment. `failures`: how many attempts in a row were not answered. `refund`: the refund under way.
    `refunds`: ids of refunds that were made, `refunded` their total. `failed`: refund id → amount of failed
    refunds that the platform may still carry out, until a person settles them (at WeChat Pay an abnormal refund is
    finished manually). `timer`: version of the payment's only timer. `proposed`, `settlement`: wait for a second
    person. `answered`: the last decided proposals → whether they were approved.
    """

    status: Status = "none"
    person_id: str = ""
    order: PaymentOrder | None = None
    step: PaymentStep = "order"
    stage: AttemptStage = ""
    attempt: int = 0
    failures: int = 0
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
        """The person whose data key encrypts the state in a checkpoint."""
        return self.person_id


def evolve(payment: Payment, event: PaymentsEvent) -> Payment:
    """Apply an event to the state that `decide` reads."""
    match event:
        case PaymentAsked():
            return changed(payment, status="ordering", person_id=event.person_id, order=event.order)
        case AttemptAssigned():
            return changed(payment, step=event.step, stage="claimed", attempt=event.attempt)
        case AttemptStarted():
            return changed(payment, stage="started")
        case AttemptDeferred():
            return changed(payment, stage="waiting", failures=payment.failures + 1)
        case PaymentOffered() | PaymentMade() | PaymentClosed():
            return changed(payment, status=REACHED[type(event)], stage="", failures=0)
        case RefundProposed() | RefundDeclined() | SettlementProposed() | SettlementDeclined():
            return _with_proposal(payment, event)
        case RefundAsked():
            after = _answered(payment, event.refund.refund_id, True) if event.approved_by else payment
            return changed(after, refund=event.refund, proposed=None, failures=0)
        case RefundMade():
            return _with_refund(payment, event)
        case RefundFailed():
            failed = payment.failed | {event.refund_id: payment.refund.amount if payment.refund else Decimal(0)}
            return changed(_ended(payment, event.refund_id), failed=failed, settlement=None)
        case PaymentReconciled():
            return changed(payment, reconciled=True)
        case PaymentDisputed():
            status = "stray" if payment.status == "none" else payment.status
            return changed(payment, disputed=True, status=status, settlement=None)
        case DisputeSettled():
            after = _answered(payment, event.proposal_id, True) if event.proposal_id else payment
            return changed(after, disputed=False, reconciled=True, failed={}, settlement=None)
        case TimerSet():
            after = payment if payment.stage == "waiting" else changed(payment, stage="", failures=0)
            return changed(after, timer=event.version)
        case TimerCancelled():
            return payment
        case _:
            assert_never(event)


def _with_refund(payment: Payment, event: RefundMade) -> Payment:
    failed = {id: amount for id, amount in payment.failed.items() if id != event.refund_id}
    refunds, total = (*payment.refunds, event.refund_id), payment.refunded + event.amount
    return changed(_ended(payment, event.refund_id), refunds=refunds, refunded=total, failed=failed)


def _with_proposal(
    payment: Payment, event: RefundProposed | RefundDeclined | SettlementProposed | SettlementDeclined
) -> Payment:
    """Add a proposal, or remove a declined one."""
    match event:
        case RefundProposed():
            refund = event.refund
            proposed = WaitingRefund(id=refund.refund_id, by=event.asked_by, until=event.until, refund=refund)
            return changed(payment, proposed=proposed)
        case RefundDeclined():
            return changed(_answered(payment, event.refund_id, False), proposed=None)
        case SettlementProposed():
            id, by = event.proposal_id, event.proposed_by
            settlement = WaitingSettlement(id=id, by=by, until=event.until, note=event.note)
            return changed(payment, settlement=settlement)
        case SettlementDeclined():
            return changed(_answered(payment, event.proposal_id, False), settlement=None)
        case _:
            assert_never(event)


def _answered(payment: Payment, proposal_id: str, approved: bool) -> Payment:
    """Remember the decision on a proposal."""
    latest = list({**payment.answered, proposal_id: approved}.items())[-REMEMBERED:]
    return changed(payment, answered=dict(latest))


def _ended(payment: Payment, refund_id: str) -> Payment:
    """Remove the refund under way, if it has this id."""
    is_under_way = payment.refund is not None and payment.refund.refund_id == refund_id
    return changed(payment, refund=None, stage="", failures=0) if is_under_way else payment
