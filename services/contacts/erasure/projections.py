"""Projections of erasures: requests that wait for a second person, and what each erasure destroys."""

from typing import assert_never

from services.contacts.registry.commands import REGISTRY
from shared.contracts.contacts import PersonErased
from shared.contracts.contacts_identity import ErasureDeclined, ErasureRequested, KeysForgotten
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.second_person import COLLECTION, waiting


def _waiting_keys(item: Item) -> list[str]:
    assert item.envelope is not None
    event: ErasureRequested | ErasureDeclined | PersonErased = item.envelope.data
    return list(event.cluster) if isinstance(event, PersonErased) else [event.person_id]


def _waiting(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: ErasureRequested | ErasureDeclined | PersonErased = item.envelope.data
    match event:
        case ErasureRequested():
            decide = f"/v1/persons/{id}/erasure/decision"
            return waiting("erasure", id, id, event.requested_by, event.until, decide, item)
        case ErasureDeclined() | PersonErased():
            return None
        case _:
            assert_never(event)


APPROVALS = Projection(
    collection=COLLECTION,
    sources=(REGISTRY,),
    types=(ErasureRequested, ErasureDeclined, PersonErased),
    keys=_waiting_keys,
    fold=_waiting,
    indexes=([("since", -1), ("_id", -1)],),
)


def _erasure(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: PersonErased | KeysForgotten = item.envelope.data
    if isinstance(event, KeysForgotten):
        document = before or {"keys": []}
        return {**document, "keys": [*document["keys"], *event.keys], "left": event.left}
    names = {"person_id", "cluster", "keys", "left", "requested_by"} | ({"approved_by"} if event.approved_by else set())
    document = event.model_dump(include=names, mode="json")
    if event.awaited:
        document["shared"] = sorted(set(event.identifiers) - set(event.keys))
    return {**document, "event_id": item.envelope.id, "erased_at": event.at}


ERASURES = Projection(
    collection="erasures",
    sources=(REGISTRY,),
    types=(PersonErased, KeysForgotten),
    keys=lambda item: list(item.envelope.data.cluster) if item.envelope else [],
    fold=_erasure,
)
