"""Projection of the access events of all services: who read whose data."""

from pkgutil import iter_modules

import services
from shared.contracts.audit import PersonsAccessed
from shared.projector import Item, Projection
from shared.projector.model import Document


def _all_services() -> tuple[str, ...]:
    """The services of this release by their slugs: each writes an audit topic."""
    return tuple(sorted(each.name.replace("_", "-") for each in iter_modules(services.__path__) if each.ispkg))


def _fold(before: Document | None, id: str, item: Item) -> Document | None:
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
    fold=_fold,
    kinds=("audit",),
    indexes=([("persons", 1), ("at", -1)], [("reader", 1), ("at", -1)], [("at", -1)]),
    once=True,
)
