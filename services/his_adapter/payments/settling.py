"""A dispute ends when two people agree how: one proposes, another confirms. Pure."""

from collections.abc import Sequence

from services.his_adapter.payments.commands import DecideSettlement, SettleDispute
from services.his_adapter.payments.state import Payment, PaymentsEvent
from services.his_adapter.payments.steps import about
from shared.contracts.his_payments import DisputeSettled, SettlementDeclined, SettlementProposed
from shared.decider import Rejection
from shared.second_person import WAITS, refusal


def propose_settlement(c: SettleDispute, payment: Payment) -> Sequence[PaymentsEvent] | Rejection:
    """What somebody found out, for a second person to confirm."""
    proposal_id, before = c.proposal_id or c.id, payment.settlement
    if proposal_id in payment.answered or (before and before.id == proposal_id):
        return []
    if not payment.disputed:
        return Rejection("payment-not-disputed", f"nothing about payment {c.payment_id} is open")
    if before and before.waits(c.at):
        return Rejection("settlement-waits", f"settlement {before.id} waits for a second person already")
    return [
        SettlementProposed(
            **about(c, payment),
            proposal_id=proposal_id,
            proposed_by=c.settled_by,
            note=c.note,
            until=c.at + WAITS,
        )
    ]


def decide_settlement(c: DecideSettlement, payment: Payment) -> Sequence[PaymentsEvent] | Rejection:
    """The second person's word."""
    if payment.answered.get(c.proposal_id) == c.approved:
        return []
    proposed = payment.settlement
    if no := refusal(proposed, c.proposal_id, c.decided_by, c.at, c.approved):
        return no
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
