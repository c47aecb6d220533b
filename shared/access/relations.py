"""A service's own copy of the relations of staff to persons."""

from collections.abc import Collection
from typing import assert_never

from shared.contracts.base import narrowed, stored
from shared.contracts.contacts_access import GlassBroken, Parts, Relation, RelationBegan, RelationEnded, RelationKind
from shared.projector import Item, Projection
from shared.projector.model import Document

RelationEvent = RelationBegan | RelationEnded | GlassBroken


def _fold(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: RelationEvent = item.envelope.data
    match event:
        case RelationBegan():
            return _with(before, event.relation_id, narrowed(Relation, event))
        case RelationEnded():
            return _with(before, event.relation_id)
        case GlassBroken():
            return _with(before, event.relation.relation_id, event.relation)
        case _:
            assert_never(event)


def _with(before: Document | None, id: Parts, *relation: Relation) -> Document:
    others = [each for each in (before or {"relations": []})["relations"] if each["relation_id"] != "/".join(id)]
    return {"relations": [*others, *(each.model_dump(mode="json", exclude_defaults=True) for each in relation)]}


ACCESS = Projection(
    collection="access",
    sources=(RelationBegan.decided_in(),),
    types=(RelationBegan, RelationEnded, GlassBroken),
    keys=lambda item: [item.envelope.data.person_id] if item.envelope else [],
    fold=_fold,
)


def relations_in(document: Document, kinds: Collection[RelationKind] | None = None) -> list[Relation]:
    """The relations in a document of `ACCESS`; of these kinds only, where many people are read at once."""
    rows = document["relations"]
    return [stored(Relation, each) for each in rows if kinds is None or each["kind"] in kinds]
