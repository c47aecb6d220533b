"""Find the complete files of the drop folder: their checksum file matches, or they did not change for a while."""

import hashlib
import os
from pathlib import Path

from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.pulling.tables.arrivals import CHUNK, NoFile, opened
from services.his_adapter.pulling.tables.places import clock, is_table, plain

SUM_BYTES = 64 << 10
"""Bytes of a checksum file that are read."""


def waiting(folder: Path, limits: Drop, unchanged_seconds: int) -> list[Path]:
    """Return the complete files, oldest first: with a matching checksum, or unchanged for so many seconds."""
    now, complete = clock(folder), list[tuple[float, str]]()
    with os.scandir(folder) as entries:
        for entry in (entry for entry in entries if is_table(entry.name) and plain(entry)):
            status = entry.stat(follow_symlinks=False)
            path = folder / entry.name
            unchanged = now - status.st_mtime >= unchanged_seconds
            if unchanged or (status.st_size <= limits.max_bytes and _matches_checksum(path)):
                complete.append((status.st_mtime, entry.name))
    return [folder / name for _, name in sorted(complete)]


def _matches_checksum(path: Path) -> bool:
    try:
        checksum = said_sum(path)
        if not checksum:
            return False
        digest = hashlib.sha256()
        with opened(path) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest().encode() in checksum
    except NoFile:
        return False


def check_sum(path: Path, digest: str) -> None:
    """Raise `BadFile` if there is a checksum file that does not contain this SHA-256."""
    checksum = said_sum(path)
    if checksum is not None and digest.encode() not in checksum:
        raise BadFile("its SHA-256 is not what the file beside it says: it was cut or changed on its way")


def said_sum(path: Path) -> bytes | None:
    """Return the checksum file in lower case, None if missing; also reads UTF-16, as PowerShell writes it."""
    try:
        with opened(sum_of(path)) as file:
            return file.read(SUM_BYTES).replace(b"\0", b"").lower()
    except NoFile:
        return None


def sum_of(path: Path) -> Path:
    """Return the path of a file's checksum file."""
    return path.with_name(f"{path.name}.sha256")
