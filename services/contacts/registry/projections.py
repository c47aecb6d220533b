"""Read models: persons by identifier, clusters of merged records, and what waits for a decision about identity."""

from typing import assert_never, get_args

from services.contacts.registry.commands import REGISTRY
from shared.contracts.contacts import (
    IdentityAmbiguous,
    IdentityResolved,
    PersonErased,
    PersonsMerged,
    PersonsUnmerged,
)
from shared.contracts.contacts_identity import (
    IdentifierShared,
    InputDropped,
    KeysLearned,
    MergeProposed,
    ProposalClosed,
)
from shared.projector import Item, Projection
from shared.projector.model import Document

Identified = IdentityResolved | KeysLearned | IdentifierShared | PersonErased
Reviewed = IdentityAmbiguous | IdentityResolved | InputDropped | MergeProposed | ProposalClosed


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


def _reviewed(item: Item) -> Reviewed:
    assert item.envelope is not None
    event: Reviewed = item.envelope.data
    return event


def _review_ids(item: Item) -> list[str]:
    event = _reviewed(item)
    match event:
        case IdentityAmbiguous() | IdentityResolved() | InputDropped():
            return [event.input_id]
        case MergeProposed() | ProposalClosed():
            return [event.proposal_id]
        case _:
            assert_never(event)


def _fold_review(before: Document | None, id: str, item: Item) -> Document | None:
    """Keep only open reviews. The event is stored encrypted and decrypted when it is read."""
    event = _reviewed(item)
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
    keys=_review_ids,
    fold=_fold_review,
    indexes=([("kind", 1), ("since", 1)], [("since", 1)]),
)
