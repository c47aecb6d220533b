"""Events → who broke the glass of whom, for the privacy officer."""

from shared.contracts.contacts_access import AccessReviewed, GlassBroken
from shared.projector import Item, Projection
from shared.projector.model import Document


def _fold(before: Document | None, id: str, item: Item) -> Document | None:
    """Reason and note stay sealed in their events, and are opened when they are read."""
    assert item.envelope is not None
    event: GlassBroken | AccessReviewed = item.envelope.data
    if isinstance(event, AccessReviewed):
        said = {"status": "decided", "justified": event.justified, "reviewed_by": event.reviewed_by}
        return {**(before or {}), **said, "reviewed": event.at, "reviewed_as": item.raw}
    named = {"person_id": event.person_id, "broken_by": event.broken_by, "broken": event.at, "until": event.until}
    return {**named, "status": "open", "broken_as": item.raw}


ACCESS_REVIEWS = Projection(
    collection="access_reviews",
    sources=("contacts",),
    types=(GlassBroken, AccessReviewed),
    keys=lambda item: [item.envelope.data.review_id] if item.envelope else [],
    fold=_fold,
    indexes=([("broken", -1)], [("status", 1), ("broken", -1)]),
)
