"""Events → the directory as kiosks, IVR and web read it."""

from typing import Any, assert_never

from shared.contracts.his_directory import EntryConfirmed, EntryListed, EntryWithdrawn
from shared.projector import Item, Projection, public
from shared.projector.model import Document

COLLECTION = "directory"


def _entry(before: Document | None, id: str, item: Item) -> Document | None:
    """An entry as it stands, when it changed and when a source last said that it is so."""
    if item.envelope is None:
        return before
    event: EntryListed | EntryConfirmed | EntryWithdrawn = item.envelope.data
    row, at = before or {}, item.envelope.time
    confirmed = max(row.get("confirmed", at), at)
    match event:
        case EntryListed():
            entry = event.entry.model_dump(mode="json")
            times = {"changed": max(row.get("changed", at), at), "confirmed": confirmed}
            return {**times, **entry, "source": event.source, "listed": True}
        case EntryConfirmed():
            return {**row, "confirmed": confirmed}
        case EntryWithdrawn():
            return {"listed": False}
        case _:
            assert_never(event)


DIRECTORY = Projection(
    collection=COLLECTION,
    sources=("his-directory",),
    types=(EntryListed, EntryConfirmed, EntryWithdrawn),
    keys=lambda item: [item.envelope.data.entry_id] if item.envelope else [],
    fold=_entry,
    indexes=([("listed", 1), ("kind", 1)], "department"),
)


def spoken(document: dict[str, Any], language: str) -> dict[str, Any]:
    """The entry in one language, or the other where there is none; `language` says which it is."""
    other = "en" if language == "zh" else "zh"
    shown = {name: value for name, value in public(document).items() if name != "listed"}
    given = language if shown["names"].get(language) or not shown["names"].get(other) else other
    told = {"name": shown["names"].get(given, ""), "language": given}
    text = shown["about"].get(given) or next(iter(shown["about"].values()), "")
    return {**told, "text": text, **shown, "changed": _iso(shown["changed"]), "confirmed": _iso(shown["confirmed"])}


def _iso(at: Any) -> str:
    return str(at.isoformat())
