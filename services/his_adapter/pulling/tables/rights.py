"""Check the permissions and contents of a table's folder."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.pulling.tables.places import is_table, plain


def warnings(drop: Path, table: str, limits: Drop) -> Iterator[str]:
    """Yield the problems of a table's folder and how to fix them; changes nothing."""
    allowed, mode = (0o770, "1770") if limits.group_writable else (0o700, "700")
    for folder in (drop, drop / table):
        rights = stat.S_IMODE(folder.stat().st_mode)
        if rights & 0o777 & ~allowed or (rights & 0o020 and not rights & stat.S_ISVTX):
            yield f"others may enter or write to {folder} ({rights:o}): `chmod {mode} {folder}`"
    with os.scandir(drop / table) as entries:
        tables = [entry for entry in entries if is_table(entry.name)]
    if odd := sum(not plain(entry) for entry in tables):
        yield f"{odd} entries of {drop / table} are links, pipes or folders and never read: remove them"
    if closed := sum(plain(entry) and not os.access(entry.path, os.R_OK) for entry in tables):
        yield f"{closed} files in {drop / table} are not for us to read: who puts them in must allow it"
