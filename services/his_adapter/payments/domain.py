"""The aggregate of one payment: ordered, offered, paid or closed, refunded, compared with the platform's bill. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import assert_never

from services.his_adapter.payments.commands import (
    TIMERS,
    AskPayment,
    AskRefund,
    CancelPayment,
    Compare,
    DecideRefund,
    DecideSettlement,
    FireTimer,
    HearPlatform,
    PaymentsCommand,
    SettleDispute,
    StartStep,
)
from services.his_adapter.payments.definitions import Asking, Provider
from services.his_adapter.payments.limits import DESCRIPTION
from services.his_adapter.payments.refunds import decide_refund, refund, refund_failed, refunded
from services.his_adapter.payments.settling import decide_settlement, propose_settlement
from services.his_adapter.payments.state import Payment, PaymentsEvent, evolve
from services.his_adapter.payments.steps import about, assign, cancel_timer, disputed, timer
from shared.back_off import wait_after
from shared.contracts.his_payments import (
    AttemptDeferred,
    AttemptStarted,
    PaymentAsked,
    PaymentClosed,
    PaymentDisputed,
    PaymentMade,
    PaymentOffered,
    PaymentReconciled,
)
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

Decided = Sequence[PaymentsEvent] | Rejection


def decide(command: PaymentsCommand, payment: Payment, definitions: Definitions) -> Decided:
    """Decide a command. A payment or refund counts once, whichever source reports it and however often.

    Rejection slugs: `payment-unknown`, `attempt-settled`, `provider-missing`, `text-too-long`, `payment-expired`,
    `payment-made`, `payment-under-way`, and those of `refunds.py` and `settling.py`.
    """
    if payment.status in ("none", "stray"):
        if isinstance(command, HearPlatform) and command.told_by == "bill":
            return _stray(command, payment)
        if not isinstance(command, AskPayment | Compare | SettleDispute | DecideSettlement):
            return Rejection("payment-unknown", f"there is no payment {command.payment_id}")
    match command:
        case AskPayment():
            return _ask(command, payment, definitions)
        case CancelPayment():
            return _cancel(command, payment)
        case AskRefund():
            return refund(command, payment, definitions)
        case DecideRefund():
            return decide_refund(command, payment)
        case StartStep():
            if payment.stage not in ("claimed", "started") or payment.attempt != command.attempt:
                return Rejection("attempt-settled", f"attempt {command.attempt} is not waiting for a sender")
            return [AttemptStarted(**about(command, payment), attempt=command.attempt, sender=command.sender)]
        case HearPlatform():
            return _process_answer(command, payment, _asking(payment, definitions))
        case Compare():
            return _compare(command, payment)
        case SettleDispute():
            return propose_settlement(command, payment, definitions)
        case DecideSettlement():
            return decide_settlement(command, payment)
        case FireTimer():
            return _fire(command, payment)
        case _:
            assert_never(command)


def _ask(c: AskPayment, payment: Payment, definitions: Definitions) -> Decided:
    if payment.status != "none":
        return []
    if definitions.find(Provider, c.order.provider) is None:
        return Rejection("provider-missing", f"no `payment-provider` definition {c.order.provider!r} is in force")
    if len(c.order.description or "") > DESCRIPTION:
        return Rejection("text-too-long", f"`description` may have {DESCRIPTION} characters")
    if c.order.expires <= c.at:
        return Rejection("payment-expired", "`expires` must lie in the future")
    asked = PaymentAsked(at=c.at, payment_id=c.payment_id, person_id=c.person_id, asked_by=c.asked_by, order=c.order)
    return [asked, assign(c, evolve(payment, asked), "order")]


def _cancel(c: CancelPayment, payment: Payment) -> Decided:
    if payment.status == "paid":
        return Rejection("payment-made", f"payment {c.payment_id} is made: ask for a refund")
    if payment.status == "closed":
        return []
    if payment.status != "offered" or payment.stage:
        return Rejection(
            "payment-under-way", f"the platform is being asked about {c.payment_id}: try again in a moment"
        )
    return [assign(c, payment, "close")]


def _asking(payment: Payment, definitions: Definitions) -> Asking:
    """The waits of the payment's provider as its current definition says; the defaults if it has none any more."""
    provider = definitions.find(Provider, payment.order.provider) if payment.order else None
    return provider.asking if provider else Asking()


def _process_answer(c: HearPlatform, payment: Payment, asking: Asking) -> Decided:
    """Process the platform's answer. If its attempt is over, only a payment or refund counts."""
    assert payment.order is not None
    current = c.attempt == payment.attempt and payment.stage == "started"
    ask_at = payment.order.expires + timedelta(seconds=asking.after_expiry_seconds)
    match c.state:
        case "paid":
            return _paid(c, payment, c.amount)
        case "refunded" | "refund-failed" | "refund-pending":
            return refunded(c, payment, current, asking)
        case _ if not current:
            return []
        case "offered":
            offered = PaymentOffered(**about(c, payment), link=c.link, expires=payment.order.expires)
            return [offered, timer(c, payment, ask_at)] if payment.status == "ordering" else []
        case "unpaid":
            if payment.status != "offered":
                return []
            expired = c.at >= payment.order.expires
            return [assign(c, payment, "close") if expired else timer(c, payment, ask_at)]
        case "closed":
            if payment.status != "offered":
                return []
            reason = "expired" if c.at >= payment.order.expires else "cancelled"
            return [PaymentClosed(**about(c, payment), reason=reason), *cancel_timer(c, payment)]
        case "no":
            return _refused(c, payment, asking)
        case "trouble":
            return retry_later(c, payment, asking)
        case _:
            assert_never(c.state)


def _paid(c: HearPlatform | Compare, payment: Payment, amount: Decimal | None) -> list[PaymentsEvent]:
    assert payment.order is not None
    if payment.status == "paid":
        return []
    if amount != payment.order.amount:
        return disputed(c, payment, "amount-differs", amount)
    told_by, when = (c.told_by, c.happened) if isinstance(c, HearPlatform) else ("bill", None)
    made = PaymentMade(
        at=when or c.at,
        payment_id=c.payment_id,
        person_id=payment.person_id,
        transaction_id=c.transaction_id,
        amount=payment.order.amount,
        told_by=told_by,
        order=payment.order,
    )
    if payment.status == "closed":
        dispute = PaymentDisputed(**about(c, payment), reason="paid-after-closing", transaction_id=c.transaction_id)
        return [made, dispute]
    return [made, *cancel_timer(c, payment)]


def _stray(c: HearPlatform, payment: Payment) -> list[PaymentsEvent]:
    """A bill has a refund of a payment that we never created: open a dispute."""
    return disputed(c, payment, "unknown-here", c.amount) if payment.status == "none" else []


def _refused(c: HearPlatform, payment: Payment, asking: Asking) -> list[PaymentsEvent]:
    """The platform refused a request: an order or refund ends. A query is retried unless the order does not exist."""
    match payment.step:
        case "order":
            return [PaymentClosed(**about(c, payment), reason="refused", detail=c.reason), *cancel_timer(c, payment)]
        case "query" | "close" if c.reason == "ORDER_NOT_EXIST":
            return [PaymentClosed(**about(c, payment), reason="refused", detail=c.reason), *cancel_timer(c, payment)]
        case "refund":
            return refund_failed(c, payment)
        case "query" | "close" | "refund-query":
            return retry_later(c, payment, asking)
        case _:
            assert_never(payment.step)


def retry_later(c: HearPlatform, payment: Payment, asking: Asking) -> list[PaymentsEvent]:
    """Defer the attempt: the platform did not answer.

    An order that was never offered ends when it expires. A refund without an answer in `refund_attempts` attempts in a
    row becomes a dispute, and is asked again all the same. Other questions are asked until they are answered.
    """
    assert payment.order is not None
    if payment.step == "order" and c.at >= payment.order.expires:  # no link was ever offered
        return [PaymentClosed(**about(c, payment), reason="no-answer", detail=c.reason), *cancel_timer(c, payment)]
    failures = payment.failures + 1
    until = c.at + wait_after(failures, asking.back_off_seconds)
    deferred = AttemptDeferred(
        **about(c, payment), attempt=payment.attempt, step=payment.step, reason=c.reason, until=until
    )
    stuck = payment.refund is not None and failures >= asking.refund_attempts
    dispute = disputed(c, payment, "refund-unanswered", None) if stuck else []
    return [deferred, timer(c, payment, until), *dispute]


def _compare(c: Compare, payment: Payment) -> list[PaymentsEvent]:
    if payment.disputed or payment.reconciled:
        return []
    if payment.status == "none":
        return disputed(c, payment, "unknown-here", c.theirs) if c.theirs is not None else []
    if c.theirs is None:
        return disputed(c, payment, "missing-there", None) if payment.status == "paid" else []
    assert payment.order is not None
    if c.theirs != payment.order.amount:
        return disputed(c, payment, "amount-differs", c.theirs)
    return [*_paid(c, payment, c.theirs), PaymentReconciled(**about(c, payment), day=c.day)]


def _fire(c: FireTimer, payment: Payment) -> list[PaymentsEvent]:
    if c.version != payment.timer:
        return []
    if payment.stage == "waiting":
        return [assign(c, payment, payment.step)]
    if payment.stage:
        return []
    if payment.refund:
        return [assign(c, payment, "refund-query")]
    return [assign(c, payment, "query")] if payment.status == "offered" else []


PAYMENTS = Decider(
    name="his-payments",
    initial=Payment,
    decide=decide,
    evolve=evolve,
    state=Payment,
    state_version=2,
    timers=TIMERS,
)
