"""Who else may enter a table's folder, and what lies there that is no file for us."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.formats.tables.places import is_table, plain


def warnings(drop: Path, table: str, limits: Drop) -> Iterator[str]:
    """What is wrong with a table's folder as it lies there, and how it is mended; nothing is changed."""
    allowed, mode = (0o770, "1770") if limits.group_writable else (0o700, "700")
    for folder in (drop, drop / table):
        rights = stat.S_IMODE(folder.stat().st_mode)
        if rights & 0o777 & ~allowed or (rights & 0o020 and not rights & stat.S_ISVTX):
            yield f"others may enter or write to {folder} ({rights:o}): `chmod {mode} {folder}`"
    with os.scandir(drop / table) as entries:
        named = [entry for entry in entries if is_table(entry.name)]
    if odd := sum(not plain(entry) for entry in named):
        yield f"{odd} entries of {drop / table} are links, pipes or folders and never read: remove them"
    if closed := sum(plain(entry) and not os.access(entry.path, os.R_OK) for entry in named):
        yield f"{closed} files in {drop / table} are not for us to read: who puts them in must allow it"
