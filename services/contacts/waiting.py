"""Projection of erasure requests that wait for a second person."""

from typing import assert_never

from shared.contracts.contacts import PersonErased
from shared.contracts.contacts_identity import ErasureDeclined, ErasureRequested
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.second_person import COLLECTION, waiting


def _keys(item: Item) -> list[str]:
    assert item.envelope is not None
    event: ErasureRequested | ErasureDeclined | PersonErased = item.envelope.data
    return list(event.cluster) if isinstance(event, PersonErased) else [event.person_id]


def _fold(before: Document | None, id: str, item: Item) -> Document | None:
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
    sources=("contacts-registry",),
    types=(ErasureRequested, ErasureDeclined, PersonErased),
    keys=_keys,
    fold=_fold,
    indexes=([("since", -1), ("_id", -1)],),
)
