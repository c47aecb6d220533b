"""Read models: payments with their status, what of them waits for a second person, how far bills were compared.

Personal data stays encrypted in the stored events.
"""

from typing import assert_never, get_args

from services.his_adapter.payments.definitions import Provider
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
    PaymentReconciled,
    RefundAsked,
    RefundDeclined,
    RefundFailed,
    RefundMade,
    RefundProposed,
    SettlementDeclined,
    SettlementProposed,
)
from shared.contracts.his_raw import FeedAdvanced
from shared.definition_ref import kind_of
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.second_person import COLLECTION as SECOND_PERSON
from shared.second_person import waiting

COLLECTION = "payments"


def _payment(before: Document | None, id: str, item: Item) -> Document | None:
    if item.envelope is None:
        return before
    event: PaymentNews = item.envelope.data
    at = item.envelope.recorded
    row = before or {"asked": at, "person_id": event.person_id, "status": "stray", "disputed": False, "refunds": {}}
    return {**row, **_changes(row, event, item.raw), "changed": at}


def _changes(row: Document, event: PaymentNews, sealed: Document) -> Document:
    match event:
        case PaymentAsked():
            order = event.order.model_dump(mode="json", include={"provider", "amount", "currency", "way", "expires"})
            return {**order, "asked_by": event.asked_by, "status": "ordering", "asked_as": sealed}
        case AttemptAssigned():
            return {"step": event.step, "attempts": event.attempt, "reason": ""}
        case AttemptStarted():
            return {}
        case AttemptDeferred():
            return {"reason": event.reason, "until": event.until}
        case PaymentOffered():
            return {"status": "offered", "offered_as": sealed}
        case PaymentMade():
            return {
                "status": "paid",
                "paid": event.at,
                "transaction_id": event.transaction_id,
                "told_by": event.told_by,
            }
        case PaymentClosed():
            return {"status": "closed", "reason": event.reason, "detail": event.detail}
        case RefundProposed() | RefundDeclined() | RefundAsked() | RefundMade() | RefundFailed():
            id, refund = _refund(row["refunds"], event)
            return {"refunds": {**row["refunds"], id: refund}}
        case PaymentReconciled():
            return {"reconciled": event.day.isoformat()}
        case PaymentDisputed():
            day, theirs = event.day and event.day.isoformat(), event.theirs and str(event.theirs)
            dispute = {"reason": event.reason, "day": day, "theirs": theirs, "transaction_id": event.transaction_id}
            return {"disputed": True, "dispute": dispute}
        case SettlementProposed() | SettlementDeclined():
            return {}
        case DisputeSettled():
            confirmed = {"confirmed_by": event.confirmed_by} if event.confirmed_by else {}
            return {"disputed": False, "settled_by": event.settled_by, "settled_as": sealed, **confirmed}
        case _:
            assert_never(event)


def _refund(
    refunds: Document, event: RefundProposed | RefundDeclined | RefundAsked | RefundMade | RefundFailed
) -> tuple[str, Document]:
    """The id of the event's refund, and the refund after the event. `refunds`: refund id → refund before."""
    match event:
        case RefundProposed():
            refund = {"amount": str(event.refund.amount), "asked_by": event.asked_by}
            return event.refund.refund_id, {**refund, "status": "proposed", "until": event.until.isoformat()}
        case RefundAsked():
            refund = {"amount": str(event.refund.amount), "asked_by": event.asked_by, "status": "asked"}
            return event.refund.refund_id, refund | ({"approved_by": event.approved_by} if event.approved_by else {})
        case RefundDeclined():
            outcome = {"status": "declined", "declined_by": event.declined_by}
        case RefundMade():
            outcome = {"status": "made"}
        case RefundFailed():
            outcome = {"status": "failed", "reason": event.reason}
        case _:
            assert_never(event)
    return event.refund_id, {**refunds.get(event.refund_id, {}), **outcome}


PAYMENTS = Projection(
    collection=COLLECTION,
    sources=("his-payments",),
    types=get_args(PaymentNews),
    keys=lambda item: [item.envelope.data.payment_id] if item.envelope else [],
    fold=_payment,
    indexes=(
        [("person_id", 1), ("asked", -1)],
        [("status", 1), ("asked", -1)],
        [("disputed", 1), ("asked", -1)],
        [("provider", 1), ("paid", 1)],
        [("asked", -1), ("_id", -1)],
    ),
)


_OfRefund = RefundProposed | RefundAsked | RefundDeclined
_OfSettlement = SettlementProposed | SettlementDeclined | DisputeSettled | PaymentDisputed | RefundFailed


def _subject(item: Item) -> list[str]:
    assert item.envelope is not None
    event: _OfRefund | _OfSettlement = item.envelope.data
    kind = "refund" if isinstance(event, _OfRefund) else "settlement"
    return [f"{event.payment_id}.{kind}"]


def _waiting(before: Document | None, id: str, item: Item) -> Document | None:
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
    collection=SECOND_PERSON,
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
    keys=_subject,
    fold=_waiting,
    indexes=([("since", -1), ("_id", -1)],),
)


def _compared(before: Document | None, id: str, item: Item) -> Document | None:
    """Fold the position of a platform's bills; older ones are ignored."""
    if item.envelope is None or (before and before["noted"] > item.envelope.recorded):
        return before
    return {"noted": item.envelope.recorded, "position": item.envelope.data.position}


def _provider(item: Item) -> list[str]:
    feed = item.envelope.data.feed if item.envelope else ""
    return [feed] if kind_of(feed) == Provider.kind else []


COMPARED = Projection(
    collection="compared_bills",
    sources=("his-adapter",),
    types=(FeedAdvanced,),
    kinds=("raw",),
    keys=_provider,
    fold=_compared,
    once=True,
)
