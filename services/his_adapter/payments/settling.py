"""Settling a dispute: one person proposes how, a second one confirms. Pure."""

from collections.abc import Sequence

from services.his_adapter.payments.commands import DecideSettlement, SettleDispute
from services.his_adapter.payments.state import Payment, PaymentsEvent
from services.his_adapter.payments.steps import about
from shared.contracts.his_payments import DisputeSettled, SettlementDeclined, SettlementProposed
from shared.decider import Rejection
from shared.definitions import Definitions
from shared.second_person import refusal, waits_until


def propose_settlement(
    c: SettleDispute, payment: Payment, definitions: Definitions
) -> Sequence[PaymentsEvent] | Rejection:
    """Propose a settlement. Rejects with `payment-not-disputed` or `settlement-waits`."""
    proposal_id, waiting = c.proposal_id or c.id, payment.settlement
    if proposal_id in payment.answered or (waiting and waiting.id == proposal_id):
        return []
    if not payment.disputed:
        return Rejection("payment-not-disputed", f"nothing about payment {c.payment_id} is open")
    if waiting and waiting.waits(c.at):
        return Rejection("settlement-waits", f"settlement {waiting.id} waits for a second person already")
    return [
        SettlementProposed(
            **about(c, payment),
            proposal_id=proposal_id,
            proposed_by=c.settled_by,
            note=c.note,
            until=waits_until(c.at, definitions),
        )
    ]


def decide_settlement(c: DecideSettlement, payment: Payment) -> Sequence[PaymentsEvent] | Rejection:
    """Confirm or decline a proposed settlement. Rejects with the slugs of `shared.second_person.refusal`."""
    if payment.answered.get(c.proposal_id) == c.approved:
        return []
    proposed = payment.settlement
    if rejection := refusal(proposed, c.proposal_id, c.decided_by, c.at, c.approved):
        return rejection
    assert proposed is not None, "what nobody proposed was refused"
    if not c.approved:
        return [SettlementDeclined(**about(c, payment), proposal_id=c.proposal_id, declined_by=c.decided_by)]
    return [
        DisputeSettled(
            **about(c, payment),
            settled_by=proposed.by,
            note=proposed.note,
            confirmed_by=c.decided_by,
            proposal_id=c.proposal_id,
        )
    ]
