"""Commands of the directory decider."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ValidationError

from services.his_adapter.formats.common.entries import EntryReport
from shared.bounding import TooLong, within
from shared.codec import Refusal
from shared.contracts.base import Command, Stamp
from shared.contracts.his_directory import MODELS, EntryId, EntryKind, Listed


class ListEntry(Command):
    """Replace what a source says about an entry. `entry` holds its fields; fields that it omits are dropped.

    `cut` are the names of fields whose text was too long and was cut.
    """

    wire: ClassVar[str] = "careloop.his-directory.list_entry.v1"
    key_field: ClassVar[str] = "entry_id"

    entry_id: EntryId
    source: str
    entry: Mapping[str, Any]
    cut: tuple[str, ...] = ()


class WithdrawEntry(Command):
    """Drop what a source says about an entry; `entirely`: withdraw the entry for all sources."""

    wire: ClassVar[str] = "careloop.his-directory.withdraw_entry.v1"
    key_field: ClassVar[str] = "entry_id"

    entry_id: EntryId
    source: str
    entirely: bool = True


DirectoryCommand = ListEntry | WithdrawEntry


def command_of(report: EntryReport, id: str) -> DirectoryCommand:
    """Return the command that lists or withdraws an entry; `id` is the id of the command."""
    stamp = Stamp(id=id, at=report.at)
    if report.stated_fields is None:
        return WithdrawEntry(**stamp, entry_id=report.entry_id, source=report.source, entirely=report.entirely)
    return ListEntry(
        **stamp, entry_id=report.entry_id, source=report.source, entry=dict(report.stated_fields), cut=report.cut
    )


def entry_from(kind: EntryKind, code: str, fields: Mapping[str, Any]) -> Listed | Refusal:
    """Return an entry with these fields, or why they are none: an unknown, missing, invalid or too long one."""
    unknown = sorted(fields.keys() - MODELS[kind].model_fields.keys())
    if unknown:
        taken = sorted(MODELS[kind].model_fields.keys() - {"kind", "code"})
        return Refusal("field-unknown", f"`{unknown[0]}` is no field of a {kind}: it has {', '.join(taken)}")
    if not fields.get("names"):
        return Refusal("names-missing", '`names` must hold a name in one language: {"zh": …} or {"en": …}')
    try:
        return within(MODELS[kind](**{**fields, "kind": kind, "code": code}))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Refusal("field-invalid", f"`{where}`: {first['msg']}")
    except TooLong as error:
        return Refusal("field-too-long", str(error))
