"""What the directory can be asked to do."""

from collections.abc import Mapping
from typing import Any, ClassVar

from shared.contracts.base import Command


class ListEntry(Command):
    """A source tells of an entry of the directory. `entry` holds the fields it tells; what it leaves out, it unsays.

    `cut` names the texts that were too long.
    """

    wire: ClassVar[str] = "careloop.his-directory.list_entry.v1"
    key_field: ClassVar[str] = "entry_id"

    entry_id: str
    source: str
    entry: Mapping[str, Any]
    cut: tuple[str, ...] = ()


class WithdrawEntry(Command):
    """A source takes its word back; `entirely` where it speaks for all, so that the entry is gone."""

    wire: ClassVar[str] = "careloop.his-directory.withdraw_entry.v1"
    key_field: ClassVar[str] = "entry_id"

    entry_id: str
    source: str
    entirely: bool = True


DirectoryCommand = ListEntry | WithdrawEntry
