"""Read models: `heard`, the last message by source and family; `watches`, the state of each silence alarm."""

from datetime import datetime
from typing import Any

from services.his_adapter.watches.definitions import Watch, family
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.contracts.his_watches import SourceFellSilent, SourceHeardAgain
from shared.projector import Item, Projection
from shared.projector.model import Document


def _sources(item: Item) -> list[str]:
    if item.raw["type"] != HospitalMessageReceived.wire:
        return []
    return [f"{item.raw['data']['sender']} {family(item.raw['data']['message_type'])}"]


def _heard(before: Document | None, id: str, item: Item) -> Document | None:
    last = datetime.fromisoformat(item.raw["recordedtime"])
    if before and before["last"] >= last:
        return before
    data: dict[str, Any] = item.raw["data"]
    return {"source": data["sender"], "family": family(data["message_type"]), "last": last}


HEARD = Projection(
    collection="heard",
    sources=("his-adapter",),
    types=None,
    kinds=("raw",),
    keys=_sources,
    fold=_heard,
    indexes=("source",),
    once=True,
)


def _watch(before: Document | None, id: str, item: Item) -> Document | None:
    if item.envelope is None:
        return before
    event: SourceFellSilent | SourceHeardAgain = item.envelope.data
    silent = isinstance(event, SourceFellSilent)
    fields = event.model_dump(include={"source", "types"}) | {"silent": silent, "changed": item.envelope.time}
    return {**(before or {}), **fields, **({"since": event.since} if isinstance(event, SourceFellSilent) else {})}


def defined_fields(watch: Watch) -> dict[str, Any]:
    """Return the fields of a watch that come from its definition."""
    return {"watch": watch.id, **watch.model_dump(mode="json", include={"title", "source", "types", "minutes"})}


def stored_fields(row: Document | None) -> dict[str, Any]:
    """Return the fields of a watch that come from its row (None: it never raised an alarm)."""
    if row is None:
        return {"silent": False, "since": None, "changed": None}
    return {"silent": row["silent"], "since": row["since"].isoformat(), "changed": row["changed"].isoformat()}


WATCHES = Projection(
    collection="watches",
    sources=("his-watches",),
    types=(SourceFellSilent, SourceHeardAgain),
    keys=lambda item: [item.envelope.data.watch] if item.envelope else [],
    fold=_watch,
)
