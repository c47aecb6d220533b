"""Projection of the access events of all services: who read whose data."""

from shared.contracts.audit import PersonsAccessed
from shared.projector import Item, Projection
from shared.projector.model import Document


def _fold(before: Document | None, id: str, item: Item) -> Document | None:
    """One document per event. An access event that is sent twice from a spool has the same id."""
    assert item.envelope is not None
    event: PersonsAccessed = item.envelope.data
    fields = event.model_dump(mode="json", exclude={"at", "persons"})
    return {**fields, "at": event.at, "persons": list(event.persons)}


ACCESSES = Projection(
    collection="accesses",
    sources=("contacts", "complaints", "followup", "notify", "his-adapter"),
    types=(PersonsAccessed,),
    keys=lambda item: [item.raw["id"]],
    fold=_fold,
    kinds=("audit",),
    indexes=([("persons", 1), ("at", -1)], [("reader", 1), ("at", -1)], [("at", -1)]),
    once=True,
)
