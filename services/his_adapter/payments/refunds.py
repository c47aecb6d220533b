"""Money on its way back: never more than came, and never a promise that nobody watches. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from services.his_adapter.payments.commands import AskRefund, DecideRefund, HearPlatform
from services.his_adapter.payments.definitions import Asking, Provider
from services.his_adapter.payments.state import Payment, PaymentsEvent
from services.his_adapter.payments.steps import about, claim, disputed, quiet, timer
from shared.contracts.his_payments import (
    Dispute,
    Refund,
    RefundAsked,
    RefundDeclined,
    RefundFailed,
    RefundMade,
    RefundProposed,
)
from shared.decider import Rejection
from shared.definitions import Definitions
from shared.second_person import WAITS, refusal


def refund(c: AskRefund, payment: Payment, definitions: Definitions) -> Sequence[PaymentsEvent] | Rejection:
    """Money is to go back, as much as is left; above the provider's limit it waits for a second person."""
    waiting = payment.proposed
    known = (*payment.refunds, *payment.failed, *payment.answered, payment.refund.refund_id if payment.refund else "")
    if c.refund_id in known or (waiting and waiting.id == c.refund_id):
        return []
    if no := _impossible(c, payment, c.amount):
        return no
    if waiting and waiting.waits(c.at):
        return Rejection("refund-waits", f"refund {waiting.id} waits for a second person: decide it first")
    assert payment.order is not None, "what is paid was ordered"
    wanted = Refund(refund_id=c.refund_id, amount=c.amount, total=payment.order.amount, reason=c.reason)
    if _alone(payment, c.amount, definitions):
        return [
            RefundAsked(**about(c, payment), asked_by=c.asked_by, refund=wanted),
            claim(c, payment, "refund", wanted),
        ]
    return [RefundProposed(**about(c, payment), asked_by=c.asked_by, refund=wanted, until=c.at + WAITS)]


def decide_refund(c: DecideRefund, payment: Payment) -> Sequence[PaymentsEvent] | Rejection:
    """The second person's word."""
    if payment.answered.get(c.refund_id) == c.approved:
        return []
    proposed = payment.proposed
    if no := refusal(proposed, c.refund_id, c.decided_by, c.at, c.approved):
        return no
    assert proposed is not None, "what nobody proposed was refused"
    if not c.approved:
        return [RefundDeclined(**about(c, payment), refund_id=c.refund_id, declined_by=c.decided_by)]
    if no := _impossible(c, payment, proposed.refund.amount):
        return no
    asked = RefundAsked(**about(c, payment), asked_by=proposed.by, refund=proposed.refund, approved_by=c.decided_by)
    return [asked, claim(c, payment, "refund", proposed.refund)]


def _impossible(c: AskRefund | DecideRefund, payment: Payment, amount: Decimal) -> Rejection | None:
    """Why so much cannot go back now."""
    if payment.status != "paid" or payment.order is None:
        return Rejection("payment-not-made", f"payment {c.payment_id} is not paid: there is nothing to give back")
    if payment.refund:
        return Rejection("refund-under-way", f"refund {payment.refund.refund_id} is not over yet")
    held = sum(payment.failed.values(), Decimal(0))
    left = payment.order.amount - payment.refunded - held
    if amount > left:
        hint = f"; {held} may still go out: settle the dispute about it first" if held else ""
        return Rejection("refund-too-high", f"`amount` must be at most {left} {payment.order.currency}{hint}")
    return None


def _alone(payment: Payment, amount: Decimal, definitions: Definitions) -> bool:
    """Whether one person may give it back. All of a payment's refunds count, so that none is cut into small ones."""
    assert payment.order is not None, "what is paid was ordered"
    provider = definitions.find(Provider, payment.order.provider)
    gone = payment.refunded + sum(payment.failed.values(), Decimal(0))
    return gone + amount <= (provider.second_person_above if provider else 0)


def refunded(c: HearPlatform, payment: Payment, current: bool, asking: Asking) -> list[PaymentsEvent]:
    """Of the refund under way, of one that had failed, or of one that nobody here asked for."""
    under_way = payment.refund
    mine = under_way is not None and under_way.refund_id == c.refund_id
    amount = under_way.amount if under_way and mine else payment.failed.get(c.refund_id)
    match c.state:
        case "refunded" if c.refund_id in payment.refunds:
            return []
        case "refunded" if amount is not None and c.amount in (None, amount):
            assert payment.order is not None, "a refund was asked, so something was ordered"
            made = RefundMade(
                **about(c, payment), refund_id=c.refund_id, amount=amount, told_by=c.told_by, order=payment.order
            )
            return [made, *(quiet(c, payment) if mine else [])]
        case "refunded":
            reason: Dispute = "refund-unknown-here" if amount is None else "amount-differs"
            return disputed(c, payment, reason, c.amount)
        case "refund-failed" if mine:
            return refund_failed(c, payment)
        case "refund-pending" if mine and current:
            return [timer(c, payment, c.at + timedelta(seconds=asking.refund_every_seconds))]
        case _:
            return []


def refund_failed(c: HearPlatform, payment: Payment) -> list[PaymentsEvent]:
    """Somebody must look: money that was promised did not go out, or not yet."""
    assert payment.refund is not None
    failed = RefundFailed(**about(c, payment), refund_id=payment.refund.refund_id, reason=c.reason)
    return [failed, *disputed(c, payment, "refund-failed", payment.refund.amount), *quiet(c, payment)]
