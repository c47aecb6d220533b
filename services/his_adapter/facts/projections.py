"""Read model `files`, one document per patient: the newest fact about each thing as an encrypted event.

`files.py` reads it.
"""

from typing import get_args

from services.his_adapter.facts.news import about
from shared.contracts.his_adapter import Fact
from shared.projector import Item, Projection
from shared.projector.model import Document

MAX_FACTS = 200
"""Maximum number of facts in a patient's file; the oldest are dropped."""


def _file(before: Document | None, id: str, item: Item) -> Document | None:
    if item.envelope is None:
        return before
    fact: Fact = item.envelope.data
    slot, at = f"{about(fact)} {type(fact).__name__}", fact.stated_at
    things: Document = (before or {}).get("things", {})
    if slot in things and things[slot]["at"] > at:
        return before
    things = {**things, slot: {"at": at, "event": item.raw}}
    newest = sorted(things, key=lambda name: (things[name]["at"], name), reverse=True)[:MAX_FACTS]
    return {"things": {name: things[name] for name in newest}}


FILES = Projection(
    collection="files",
    sources=("his-adapter",),
    types=get_args(Fact),
    keys=lambda item: [item.envelope.data.patient_key] if item.envelope else [],
    fold=_file,
)
