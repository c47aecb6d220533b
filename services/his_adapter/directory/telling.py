"""What a message says of the directory, whatever format it came in, and the command that tells it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.his_adapter.directory.commands import DirectoryCommand, ListEntry, WithdrawEntry
from services.his_adapter.formats.common.naming import han
from shared.bounding import cut
from shared.contracts.base import Part, Stamp
from shared.contracts.his_directory import EntryKey, Listed, Words


class EntryTold(Part):
    """`said` holds the fields told of an entry, None where it is taken back (`entirely`: for all who told of it).

    `cut` names the texts of it that were too long.
    """

    at: datetime
    entry_id: str
    source: str
    said: Mapping[str, Any] | None
    entirely: bool = True
    cut: tuple[str, ...] = ()


def saying(model: type[Listed], **fields: Any) -> Listed:
    """An entry with those fields that say something. Raises `ValidationError`."""
    return model(**{name: value for name, value in fields.items() if value not in ("", (), {}, None)})


def told(at: datetime, source: str, entry: Listed) -> EntryTold:
    """The fields of an entry that were set, texts cut to their bounds. Raises `TooLong` for all else."""
    bounded, shortened = cut(entry)
    said = bounded.model_dump(mode="json", exclude_unset=True, exclude={"kind", "code"})
    return EntryTold(at=at, entry_id=entry_id(entry), source=source, said=said, cut=shortened)


def entry_id(entry: Any) -> str:
    """`doctor/1001`."""
    return str(EntryKey(entry.kind, entry.code))


def commanding(telling: EntryTold, id: str) -> DirectoryCommand:
    """The command that tells it."""
    stamp = Stamp(id=id, at=telling.at)
    if telling.said is None:
        return WithdrawEntry(**stamp, entry_id=telling.entry_id, source=telling.source, entirely=telling.entirely)
    return ListEntry(
        **stamp, entry_id=telling.entry_id, source=telling.source, entry=dict(telling.said), cut=telling.cut
    )


def words(text: str) -> Words:
    """A text in the language it is written in; nothing where there is none."""
    if not text:
        return {}
    return {"zh": text} if han(text) else {"en": text}
