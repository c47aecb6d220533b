"""What becomes of a payment: ordered, offered, paid or closed, given back, compared with the platform's bill. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, assert_never

from services.his_adapter.payments.commands import (
    AskPayment,
    AskRefund,
    CancelPayment,
    Compare,
    FireTimer,
    HearPlatform,
    PaymentsCommand,
    SettleDispute,
    StartStep,
)
from services.his_adapter.payments.provider import Provider
from services.his_adapter.payments.state import Payment, PaymentsEvent, evolve
from shared.contracts.his_payments import (
    AttemptClaimed,
    AttemptDeferred,
    AttemptStarted,
    DisputeSettled,
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
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.ids import derive

Decided = Sequence[PaymentsEvent] | Rejection
BACK_OFF = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300))
AFTER = timedelta(minutes=1)
"""How long after an order expired the platform is asked whether it was paid."""
REFUND_LOOK = timedelta(minutes=5)


def decide(command: PaymentsCommand, payment: Payment, definitions: Definitions) -> Decided:
    """Money moves once, whoever tells of it and however often."""
    known = isinstance(command, AskPayment | Compare) or payment.status not in ("none", "stray")
    if not known and not isinstance(command, SettleDispute):
        return Rejection("payment-unknown", f"there is no payment {command.payment_id}")
    match command:
        case AskPayment():
            return _ask(command, payment, definitions)
        case CancelPayment():
            return _cancel(command, payment)
        case AskRefund():
            return _refund(command, payment)
        case StartStep():
            if payment.stage not in ("claimed", "started") or payment.attempt != command.attempt:
                return Rejection("attempt-settled", f"attempt {command.attempt} is not waiting for a sender")
            return [AttemptStarted(**_common(command, payment), attempt=command.attempt, sender=command.sender)]
        case HearPlatform():
            return _hear(command, payment)
        case Compare():
            return _compare(command, payment)
        case SettleDispute():
            if not payment.disputed:
                return Rejection("payment-not-disputed", f"nothing about payment {command.payment_id} is open")
            return [DisputeSettled(**_common(command, payment), settled_by=command.settled_by, note=command.note)]
        case FireTimer():
            return _fire(command, payment)
        case _:
            assert_never(command)


def _common(c: PaymentsCommand, payment: Payment) -> dict[str, Any]:
    return {"at": c.at, "payment_id": c.payment_id, "person_id": payment.person_id}


def _ask(c: AskPayment, payment: Payment, definitions: Definitions) -> Decided:
    if payment.status != "none":
        return []
    if definitions.find(Provider, c.order.provider) is None:
        return Rejection("provider-missing", f"no `payment-provider` definition {c.order.provider!r} is in force")
    if c.order.expires <= c.at:
        return Rejection("payment-expired", "`expires` must lie in the future")
    asked = PaymentAsked(at=c.at, payment_id=c.payment_id, person_id=c.person_id, asked_by=c.asked_by, order=c.order)
    return [asked, _claim(c, evolve(payment, asked), "order")]


def _claim(c: PaymentsCommand, payment: Payment, step: Step, refund: Refund | None = None) -> AttemptClaimed:
    refund = refund or (payment.refund if step in ("refund", "refund-query") else None)
    told = {"attempt": payment.attempt + 1, "step": step, "order": payment.order, "refund": refund}
    return AttemptClaimed.model_validate({**_common(c, payment), **told})


def _timer(c: PaymentsCommand, payment: Payment, due: datetime) -> TimerSet:
    return TimerSet(
        at=c.at,
        payment_id=c.payment_id,
        timer_id=derive(c.payment_id, "timer"),
        version=payment.timer + 1,
        due=due,
        command=FireTimer.wire,
    )


def _quiet(c: PaymentsCommand, payment: Payment) -> list[PaymentsEvent]:
    """Nothing more to ask, if something was to be."""
    if not payment.timer:
        return []
    timer = derive(c.payment_id, "timer")
    return [TimerCancelled(at=c.at, payment_id=c.payment_id, timer_id=timer, version=payment.timer)]


def _cancel(c: CancelPayment, payment: Payment) -> Decided:
    if payment.status == "paid":
        return Rejection("payment-made", f"payment {c.payment_id} is made: ask for a refund")
    if payment.status == "closed":
        return []
    if payment.status != "offered" or payment.stage:
        return Rejection(
            "payment-under-way", f"the platform is being asked about {c.payment_id}: try again in a moment"
        )
    return [_claim(c, payment, "close")]


def _refund(c: AskRefund, payment: Payment) -> Decided:
    if payment.status != "paid" or payment.order is None:
        return Rejection("payment-not-made", f"payment {c.payment_id} is not paid: there is nothing to give back")
    if c.refund_id in payment.refunds or (payment.refund and payment.refund.refund_id == c.refund_id):
        return []
    if payment.refund:
        return Rejection("refund-under-way", f"refund {payment.refund.refund_id} is not over yet")
    left = payment.order.amount - payment.refunded
    if c.amount > left:
        return Rejection("refund-too-high", f"`amount` must be at most {left} {payment.order.currency}")
    refund = Refund(refund_id=c.refund_id, amount=c.amount, total=payment.order.amount, reason=c.reason)
    asked = RefundAsked(**_common(c, payment), asked_by=c.asked_by, refund=refund)
    return [asked, _claim(c, payment, "refund", refund)]


def _hear(c: HearPlatform, payment: Payment) -> Decided:
    """What the platform says; of an attempt that is over only that money moved."""
    assert payment.order is not None
    common = _common(c, payment)
    current = c.attempt is None or (c.attempt == payment.attempt and payment.stage == "started")
    match c.state:
        case "paid":
            return _paid(c, payment, c.amount)
        case "refunded" | "refund-failed" | "refund-pending":
            return _refunded(c, payment, current)
        case _ if not current:
            return []
        case "offered":
            offered = PaymentOffered(**common, link=c.link, expires=payment.order.expires)
            return [offered, _timer(c, payment, payment.order.expires + AFTER)] if payment.status == "ordering" else []
        case "unpaid":
            if payment.status != "offered":
                return []
            late = c.at >= payment.order.expires
            return [_claim(c, payment, "close") if late else _timer(c, payment, payment.order.expires + AFTER)]
        case "closed":
            reason = "expired" if c.at >= payment.order.expires else "cancelled"
            return [PaymentClosed(**common, reason=reason), *_quiet(c, payment)] if payment.status == "offered" else []
        case "no":
            return _refused(c, payment)
        case "trouble":
            return _troubled(c, payment)
        case _:
            assert_never(c.state)


def _paid(c: HearPlatform | Compare, payment: Payment, amount: Decimal | None) -> list[PaymentsEvent]:
    assert payment.order is not None
    common = _common(c, payment)
    if payment.status == "paid":
        return []
    if amount != payment.order.amount:
        wrong = {"reason": "amount-differs", "theirs": amount, "transaction_id": c.transaction_id}
        return [] if payment.disputed else [PaymentDisputed.model_validate({**common, **wrong})]
    told_by, when = (c.told_by, c.happened) if isinstance(c, HearPlatform) else ("bill", None)
    made = PaymentMade(
        **{**common, "at": when or c.at},
        transaction_id=c.transaction_id,
        amount=payment.order.amount,
        told_by=told_by,
        order=payment.order,
    )
    if payment.status == "closed":
        late = PaymentDisputed(**common, reason="paid-after-closing", transaction_id=c.transaction_id)
        return [made, late]
    return [made, *_quiet(c, payment)]


def _refunded(c: HearPlatform, payment: Payment, current: bool) -> list[PaymentsEvent]:
    refund, common = payment.refund, _common(c, payment)
    if refund is None or refund.refund_id != c.refund_id:
        return []
    match c.state:
        case "refunded":
            assert payment.order is not None
            made = RefundMade(
                **common, refund_id=c.refund_id, amount=refund.amount, told_by=c.told_by, order=payment.order
            )
            return [made, *_quiet(c, payment)]
        case "refund-failed":
            return [RefundFailed(**common, refund_id=c.refund_id, reason=c.reason), *_quiet(c, payment)]
        case _:
            return [_timer(c, payment, c.at + REFUND_LOOK)] if current else []


def _refused(c: HearPlatform, payment: Payment) -> list[PaymentsEvent]:
    """A no for good, which is none to a question about what was there before."""
    common = _common(c, payment)
    match payment.step:
        case "order" | "query" | "close":
            return [PaymentClosed(**common, reason="refused", detail=c.reason), *_quiet(c, payment)]
        case "refund" | "refund-query":
            assert payment.refund is not None
            failed = RefundFailed(**common, refund_id=payment.refund.refund_id, reason=c.reason)
            return [failed, *_quiet(c, payment)]
        case _:
            assert_never(payment.step)


def _troubled(c: HearPlatform, payment: Payment) -> list[PaymentsEvent]:
    assert payment.order is not None
    common = _common(c, payment)
    if payment.step == "order" and c.at >= payment.order.expires:  # nobody was ever shown a link
        return [PaymentClosed(**common, reason="no-answer", detail=c.reason), *_quiet(c, payment)]
    until = c.at + BACK_OFF[min(payment.attempt, len(BACK_OFF)) - 1]
    late = AttemptDeferred(**common, attempt=payment.attempt, step=payment.step, reason=c.reason, until=until)
    return [late, _timer(c, payment, until)]


def _compare(c: Compare, payment: Payment) -> list[PaymentsEvent]:
    common = {**_common(c, payment), "day": c.day}
    if payment.disputed or payment.reconciled:
        return []
    if payment.status == "none":
        unknown = {"reason": "unknown-here", "theirs": c.theirs, "transaction_id": c.transaction_id}
        return [PaymentDisputed.model_validate({**common, **unknown})] if c.theirs is not None else []
    if c.theirs is None:
        missing = payment.status == "paid"
        return [PaymentDisputed.model_validate({**common, "reason": "missing-there"})] if missing else []
    assert payment.order is not None
    if c.theirs != payment.order.amount:
        wrong = {"reason": "amount-differs", "theirs": c.theirs, "transaction_id": c.transaction_id}
        return [PaymentDisputed.model_validate({**common, **wrong})]
    return [*_paid(c, payment, c.theirs), PaymentReconciled.model_validate(common)]


def _fire(c: FireTimer, payment: Payment) -> list[PaymentsEvent]:
    if c.version != payment.timer:
        return []
    if payment.stage == "waiting":
        return [_claim(c, payment, payment.step)]
    if payment.stage:
        return []
    if payment.refund:
        return [_claim(c, payment, "refund-query")]
    return [_claim(c, payment, "query")] if payment.status == "offered" else []


PAYMENTS = Decider(service="his-payments", initial=Payment, decide=decide, evolve=evolve, state=Payment)
