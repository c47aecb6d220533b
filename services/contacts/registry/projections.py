"""Projections of the registry's events: persons by identifier, clusters of merged records."""

from typing import assert_never, get_args

from services.contacts.registry.commands import REGISTRY
from shared.contracts.contacts import IdentityResolved, PersonErased, PersonsMerged, PersonsUnmerged
from shared.contracts.contacts_identity import IdentifierShared, KeysLearned
from shared.projector import Item, Projection
from shared.projector.model import Document

Identified = IdentityResolved | KeysLearned | IdentifierShared | PersonErased


def _fold_identity(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: Identified = item.envelope.data
    persons = (before or {"persons": []})["persons"]
    match event:
        case IdentifierShared():
            return {"persons": [], "people": event.people}
        case PersonErased():
            left = [person for person in persons if person not in event.cluster]
            return {"persons": left} if left else None
        case IdentityResolved() | KeysLearned():
            return {"persons": [*persons, event.person_id] if event.person_id not in persons else persons}
        case _:
            assert_never(event)


IDENTITIES = Projection(
    collection="identities",
    sources=(REGISTRY,),
    types=get_args(Identified),
    keys=lambda item: _identifiers(item.envelope.data) if item.envelope else [],
    fold=_fold_identity,
)


def _identifiers(event: Identified) -> list[str]:
    match event:
        case IdentifierShared():
            return [event.identifier]
        case PersonErased():
            return list(event.identifiers)
        case IdentityResolved() | KeysLearned():
            return [*event.strong, *event.learned]
        case _:
            assert_never(event)


def _fold_cluster(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: PersonsMerged | PersonsUnmerged = item.envelope.data
    clusters = [event.cluster] if isinstance(event, PersonsMerged) else event.clusters
    return {"cluster": next(list(cluster) for cluster in clusters if id in cluster)}


CLUSTERS = Projection(
    collection="clusters",
    sources=(REGISTRY,),
    types=(PersonsMerged, PersonsUnmerged),
    keys=lambda item: _members(item.envelope.data) if item.envelope else [],
    fold=_fold_cluster,
)


def _members(event: PersonsMerged | PersonsUnmerged) -> list[str]:
    if isinstance(event, PersonsMerged):
        return list(event.cluster)
    return [person for cluster in event.clusters for person in cluster]
