"""Projection of identity reviews: ambiguous inputs and merge proposals that wait for a decision."""

from typing import assert_never, get_args

from services.contacts.registry.commands import REGISTRY
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved
from shared.contracts.contacts_identity import InputDropped, MergeProposed, ProposalClosed
from shared.projector import Item, Projection
from shared.projector.model import Document

Reviewed = IdentityAmbiguous | IdentityResolved | InputDropped | MergeProposed | ProposalClosed


def _event(item: Item) -> Reviewed:
    assert item.envelope is not None
    event: Reviewed = item.envelope.data
    return event


def _keys(item: Item) -> list[str]:
    event = _event(item)
    match event:
        case IdentityAmbiguous() | IdentityResolved() | InputDropped():
            return [event.input_id]
        case MergeProposed() | ProposalClosed():
            return [event.proposal_id]
        case _:
            assert_never(event)


def _fold(before: Document | None, id: str, item: Item) -> Document | None:
    """Keep only open reviews. The event is stored encrypted and decrypted when it is read."""
    event = _event(item)
    match event:
        case IdentityAmbiguous():
            return _review("input", event, (event.explanation,), item)
        case MergeProposed():
            return _review("merge", event, event.reasons, item)
        case IdentityResolved() | InputDropped() | ProposalClosed():
            return None
        case _:
            assert_never(event)


def _review(kind: str, event: IdentityAmbiguous | MergeProposed, reasons: tuple[str, ...], item: Item) -> Document:
    assert item.envelope is not None
    review = {"kind": kind, "candidates": list(event.candidates), "reasons": list(reasons)}
    return {**review, "since": item.envelope.recorded, "event": item.raw}


REVIEWS = Projection(
    collection="identity_reviews",
    sources=(REGISTRY,),
    types=get_args(Reviewed),
    keys=_keys,
    fold=_fold,
    indexes=([("kind", 1), ("since", 1)], [("since", 1)]),
)
