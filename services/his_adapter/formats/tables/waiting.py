"""Which files of the drop folder are whole: a checksum beside one says so, or that nobody has written to it lately."""

import hashlib
import os
from pathlib import Path

from services.his_adapter.formats.tables.arrivals import CHUNK, NoFile, opened
from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.formats.tables.places import clock, is_table, plain

SETTLED = 5.0
"""Seconds a file must not have changed for where no checksum says that it is whole."""
SUM_BYTES = 64 << 10


def waiting(folder: Path, limits: Drop) -> list[Path]:
    """The files to read: those with a checksum beside them, or unchanged for a while."""
    now, found = clock(folder), list[tuple[float, str]]()
    with os.scandir(folder) as entries:
        for entry in (entry for entry in entries if is_table(entry.name) and plain(entry)):
            known = entry.stat(follow_symlinks=False)
            path = folder / entry.name
            if now - known.st_mtime >= SETTLED or (known.st_size <= limits.max_bytes and _is_whole(path)):
                found.append((known.st_mtime, entry.name))
    return [folder / name for _, name in sorted(found)]


def _is_whole(path: Path) -> bool:
    try:
        said = said_sum(path)
        if not said:
            return False
        digest = hashlib.sha256()
        with opened(path) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest().encode() in said
    except NoFile:
        return False


def check_sum(path: Path, digest: str) -> None:
    """Whether a file with this SHA-256 is what the file beside it says, where there is one. Raises `BadFile`."""
    said = said_sum(path)
    if said is not None and digest.encode() not in said:
        raise BadFile("its SHA-256 is not what the file beside it says: it was cut or changed on its way")


def said_sum(path: Path) -> bytes | None:
    """What the file beside it says, whatever wrote it down (PowerShell does it in UTF-16); None where there is none."""
    try:
        with opened(sum_of(path)) as file:
            return file.read(SUM_BYTES).replace(b"\0", b"").lower()
    except NoFile:
        return None


def sum_of(path: Path) -> Path:
    """Where a file's checksum lies."""
    return path.with_name(f"{path.name}.sha256")
