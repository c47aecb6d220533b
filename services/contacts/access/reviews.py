"""Projection of break-glass events: the reviews that the privacy officer sees."""

from shared.contracts.contacts_access import AccessReviewed, GlassBroken
from shared.projector import Item, Projection
from shared.projector.model import Document


def _fold(before: Document | None, id: str, item: Item) -> Document | None:
    """Store the events encrypted; reason and note are decrypted when they are read."""
    assert item.envelope is not None
    event: GlassBroken | AccessReviewed = item.envelope.data
    if isinstance(event, AccessReviewed):
        decision = {"status": "decided", "justified": event.justified, "reviewed_by": event.reviewed_by}
        return {**(before or {}), **decision, "reviewed": event.at, "reviewed_as": item.raw}
    review = {"person_id": event.person_id, "broken_by": event.broken_by, "broken": event.at, "until": event.until}
    return {**review, "status": "open", "broken_as": item.raw}


ACCESS_REVIEWS = Projection(
    collection="access_reviews",
    sources=("contacts",),
    types=(GlassBroken, AccessReviewed),
    keys=lambda item: [item.envelope.data.review_id] if item.envelope else [],
    fold=_fold,
    indexes=([("broken", -1)], [("status", 1), ("broken", -1)]),
)
