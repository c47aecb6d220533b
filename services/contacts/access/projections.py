"""Read models: who read whose data, by the access events of all services; reviews of emergency access."""

from pkgutil import iter_modules

import services
from shared.contracts.audit import PersonsAccessed
from shared.contracts.contacts_access import AccessReviewed, GlassBroken
from shared.projector import Item, Projection
from shared.projector.model import Document


def _all_services() -> tuple[str, ...]:
    """The services of this release by their slugs: each writes an audit topic."""
    return tuple(sorted(each.name.replace("_", "-") for each in iter_modules(services.__path__) if each.ispkg))


def _access(before: Document | None, id: str, item: Item) -> Document | None:
    """One document per event. An access event that is sent twice from a spool has the same id."""
    assert item.envelope is not None
    event: PersonsAccessed = item.envelope.data
    fields = event.model_dump(mode="json", exclude={"at", "persons"})
    return {**fields, "at": event.at, "persons": list(event.persons)}


ACCESSES = Projection(
    collection="accesses",
    sources=_all_services(),
    types=(PersonsAccessed,),
    keys=lambda item: [item.raw["id"]],
    fold=_access,
    kinds=("audit",),
    indexes=([("persons", 1), ("at", -1)], [("reader", 1), ("at", -1)], [("at", -1)]),
    once=True,
)


def _review(before: Document | None, id: str, item: Item) -> Document | None:
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
    fold=_review,
    indexes=([("broken", -1)], [("status", 1), ("broken", -1)]),
)
