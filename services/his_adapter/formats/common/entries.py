"""What a source says about a directory entry, in the same form for every format."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from services.his_adapter.formats.common.naming import han
from shared.bounding import cut
from shared.contracts.base import Part
from shared.contracts.his_directory import EntryId, EntryKey, Listed, Words


class EntryReport(Part):
    """What a source says about an entry: `stated_fields`, None if it is withdrawn (`entirely`: for all).

    `cut` are the names of fields whose text was too long and was cut.
    """

    at: datetime
    entry_id: EntryId
    source: str
    stated_fields: Mapping[str, Any] | None = Field(alias="said")  # replay derives command ids from its JSON
    entirely: bool = True
    cut: tuple[str, ...] = ()


def filled_entry(model: type[Listed], **fields: Any) -> Listed:
    """Build an entry from the fields that are not empty. Raises `ValidationError`."""
    return model(**{name: value for name, value in fields.items() if value not in ("", (), {}, None)})


def report_of(at: datetime, source: str, entry: Listed) -> EntryReport:
    """Return the fields of an entry that were set; long texts are cut. Raises `TooLong` for other long fields."""
    bounded, shortened = cut(entry)
    fields = bounded.model_dump(mode="json", exclude_unset=True, exclude={"kind", "code"})
    return EntryReport(at=at, entry_id=entry_id(entry), source=source, stated_fields=fields, cut=shortened)


def entry_id(entry: Any) -> EntryKey:
    """Return the entry id, such as `doctor/1001`."""
    return EntryKey(entry.kind, entry.code)


def by_language(text: str) -> Words:
    """Return a text by its language: zh if it contains Chinese characters, else en; {} for an empty text."""
    if not text:
        return {}
    return {"zh": text} if han(text) else {"en": text}
