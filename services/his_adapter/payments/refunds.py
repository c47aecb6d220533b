"""Refunds of a payment: never more than was paid, and every refund is followed until its result is known. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from services.his_adapter.payments.commands import AskRefund, DecideRefund, HearPlatform
from services.his_adapter.payments.definitions import Asking, Provider
from services.his_adapter.payments.limits import REFUND_REASON
from services.his_adapter.payments.state import Payment, PaymentsEvent
from services.his_adapter.payments.steps import about, assign, cancel_timer, disputed, timer
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
from shared.second_person import refusal, waits_until


def refund(c: AskRefund, payment: Payment, definitions: Definitions) -> Sequence[PaymentsEvent] | Rejection:
    """Start a refund, or propose it to a second person if it is above the provider's limit.

    Rejects with `text-too-long`, `payment-not-made`, `refund-under-way`, `refund-too-high` or `refund-waits`.
    """
    waiting = payment.proposed
    under_way = payment.refund.refund_id if payment.refund else ""
    if c.refund_id in (*payment.refunds, *payment.failed, *payment.answered, under_way):
        return []
    if waiting and waiting.id == c.refund_id:
        return []
    if len(c.reason or "") > REFUND_REASON:
        return Rejection("text-too-long", f"`reason` may have {REFUND_REASON} characters")
    if rejection := _impossible(c, payment, c.amount):
        return rejection
    if waiting and waiting.waits(c.at):
        return Rejection("refund-waits", f"refund {waiting.id} waits for a second person: decide it first")
    assert payment.order is not None, "what is paid was ordered"
    wanted = Refund(refund_id=c.refund_id, amount=c.amount, total=payment.order.amount, reason=c.reason)
    if _allowed_alone(payment, c.amount, definitions):
        return [
            RefundAsked(**about(c, payment), asked_by=c.asked_by, refund=wanted),
            assign(c, payment, "refund", wanted),
        ]
    until = waits_until(c.at, definitions)
    return [RefundProposed(**about(c, payment), asked_by=c.asked_by, refund=wanted, until=until)]


def decide_refund(c: DecideRefund, payment: Payment) -> Sequence[PaymentsEvent] | Rejection:
    """Start or decline a proposed refund. Rejects with the slugs of `_impossible` and `second_person.refusal`."""
    if payment.answered.get(c.refund_id) == c.approved:
        return []
    proposed = payment.proposed
    if rejection := refusal(proposed, c.refund_id, c.decided_by, c.at, c.approved):
        return rejection
    assert proposed is not None, "what nobody proposed was refused"
    if not c.approved:
        return [RefundDeclined(**about(c, payment), refund_id=c.refund_id, declined_by=c.decided_by)]
    if rejection := _impossible(c, payment, proposed.refund.amount):
        return rejection
    asked = RefundAsked(**about(c, payment), asked_by=proposed.by, refund=proposed.refund, approved_by=c.decided_by)
    return [asked, assign(c, payment, "refund", proposed.refund)]


def _impossible(c: AskRefund | DecideRefund, payment: Payment, amount: Decimal) -> Rejection | None:
    """Why `amount` cannot be refunded now; None if it can."""
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


def _allowed_alone(payment: Payment, amount: Decimal, definitions: Definitions) -> bool:
    """Whether one person may refund `amount`: counts all refunds of the payment, so that splitting does not help."""
    assert payment.order is not None, "what is paid was ordered"
    provider = definitions.find(Provider, payment.order.provider)
    earlier = payment.refunded + sum(payment.failed.values(), Decimal(0))
    return earlier + amount <= (provider.second_person_above if provider else 0)


def refunded(c: HearPlatform, payment: Payment, current: bool, asking: Asking) -> list[PaymentsEvent]:
    """Process the platform's answer about a refund: the one under way, a failed one, or one that we do not know.

    `current`: the answer belongs to the attempt that was started last.
    """
    under_way = payment.refund
    is_under_way = under_way is not None and under_way.refund_id == c.refund_id
    amount = under_way.amount if under_way and is_under_way else payment.failed.get(c.refund_id)
    match c.state:
        case "refunded" if c.refund_id in payment.refunds:
            return []
        case "refunded" if amount is not None and c.amount in (None, amount):
            assert payment.order is not None, "a refund was asked, so something was ordered"
            made = RefundMade(
                **about(c, payment), refund_id=c.refund_id, amount=amount, told_by=c.told_by, order=payment.order
            )
            return [made, *(cancel_timer(c, payment) if is_under_way else [])]
        case "refunded":
            reason: Dispute = "refund-unknown-here" if amount is None else "amount-differs"
            return disputed(c, payment, reason, c.amount)
        case "refund-failed" if is_under_way:
            return refund_failed(c, payment)
        case "refund-pending" if is_under_way and current:
            return [timer(c, payment, c.at + timedelta(seconds=asking.refund_every_seconds))]
        case _:
            return []


def refund_failed(c: HearPlatform, payment: Payment) -> list[PaymentsEvent]:
    """The refund under way failed or is unfinished: open a dispute."""
    assert payment.refund is not None
    failed = RefundFailed(**about(c, payment), refund_id=payment.refund.refund_id, reason=c.reason)
    return [failed, *disputed(c, payment, "refund-failed", payment.refund.amount), *cancel_timer(c, payment)]
