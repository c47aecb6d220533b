"""Projection of refunds and settlements that wait for a second person."""

from typing import assert_never

from shared.contracts.his_payments import (
    DisputeSettled,
    PaymentDisputed,
    RefundAsked,
    RefundDeclined,
    RefundFailed,
    RefundProposed,
    SettlementDeclined,
    SettlementProposed,
)
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.second_person import COLLECTION, waiting

_OfRefund = RefundProposed | RefundAsked | RefundDeclined
_OfSettlement = SettlementProposed | SettlementDeclined | DisputeSettled | PaymentDisputed | RefundFailed


def _key(item: Item) -> list[str]:
    assert item.envelope is not None
    event: _OfRefund | _OfSettlement = item.envelope.data
    kind = "refund" if isinstance(event, _OfRefund) else "settlement"
    return [f"{event.payment_id}.{kind}"]


def _fold(before: Document | None, id: str, item: Item) -> Document | None:
    """At most one refund and one settlement per payment wait; an event that changes their subject removes them."""
    assert item.envelope is not None
    event: _OfRefund | _OfSettlement = item.envelope.data
    place = f"/v1/payments/{event.payment_id}"
    match event:
        case RefundProposed():
            number = event.refund.refund_id
            decide = f"{place}/refunds/{number}/decision"
            return waiting("refund", event.payment_id, number, event.asked_by, event.until, decide, item)
        case SettlementProposed():
            decide = f"{place}/settlements/{event.proposal_id}/decision"
            number = event.proposal_id
            return waiting("settlement", event.payment_id, number, event.proposed_by, event.until, decide, item)
        case RefundAsked() | RefundDeclined() | SettlementDeclined() | DisputeSettled():
            return None
        case PaymentDisputed() | RefundFailed():
            return None
        case _:
            assert_never(event)


APPROVALS = Projection(
    collection=COLLECTION,
    sources=("his-payments",),
    types=(
        RefundProposed,
        RefundAsked,
        RefundDeclined,
        SettlementProposed,
        SettlementDeclined,
        DisputeSettled,
        PaymentDisputed,
        RefundFailed,
    ),
    keys=_key,
    fold=_fold,
    indexes=([("since", -1), ("_id", -1)],),
)
