"""Read model of the directory, for kiosks, IVR and web."""

from typing import Any, assert_never

from shared.bus.topics import topic_name
from shared.contracts.his_directory import EntryConfirmed, EntryListed, EntryWithdrawn
from shared.projector import Item, Projection, public
from shared.projector.model import Document

COLLECTION = "directory"


def _entry(before: Document | None, id: str, item: Item) -> Document | None:
    """Fold an entry with its last change and the last confirmation by a source."""
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
    keys=lambda item: [str(item.envelope.data.entry_id)] if item.envelope else [],
    fold=_entry,
    indexes=([("listed", 1), ("kind", 1)], "department"),
)


COMMANDS = topic_name("his-directory", "commands")
"""Where commands say which message told of an entry."""


def from_message(command: Item) -> bool:
    """Whether a command was made from a message; those of API callers cause themselves."""
    return bool(command.raw["causationid"] != command.raw["id"])


def spoken(document: dict[str, Any], language: str) -> dict[str, Any]:
    """Return an entry with its name and text in a language, or in the other one if it has no name in it.

    `language` in the result is the language of the name.
    """
    other = "en" if language == "zh" else "zh"
    shown = {name: value for name, value in public(document).items() if name != "listed"}
    spoken_in = language if shown["names"].get(language) or not shown["names"].get(other) else other
    text = shown["about"].get(spoken_in) or next(iter(shown["about"].values()), "")
    words = {"name": shown["names"].get(spoken_in, ""), "language": spoken_in, "text": text}
    return {**words, **shown, "changed": _iso(shown["changed"]), "confirmed": _iso(shown["confirmed"])}


def _iso(at: Any) -> str:
    return str(at.isoformat())
