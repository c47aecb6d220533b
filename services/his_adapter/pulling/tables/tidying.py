"""Delete expired files of the drop folder with their data keys, and encrypt plain files that were read already.

Earlier versions left these files unencrypted; the first pass of a puller encrypts them, also for retired tables.
"""

import logging
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.his_adapter.pulling.settings import PullSettings
from services.his_adapter.pulling.tables.arrivals import NoFile, opened
from services.his_adapter.pulling.tables.places import DONE, FAILED, OURS, clock, free, ours, plain
from services.his_adapter.pulling.tables.sealed import ERRORS, PART, digest_of, new_key, seal
from services.his_adapter.pulling.tables.unsealing import forget
from shared.host.deps import Deps
from shared.sealing import KeyRing

log = logging.getLogger(__name__)
DAY = 86_400.0
TIDY = 3600.0
"""Seconds between two passes over the drop folder."""
LEFT_OVER = (PART, ".begun", ".fresh")
"""Suffixes of files that only remain if a process died."""
_OUR_NAMES = re.compile(r"[0-9a-f]{12}(\.\d+)?\.sealed|[0-9a-f]{12}\.errors(\.\d+)?\.csv|.*\.part")
_ERRORS_HEAD = b"\xef\xbb\xbfrow,problem\r\n"


async def tidy(deps: Deps) -> None:
    """Tidy every table's folder; an error in one is logged and does not stop the others."""
    for folder in tables(PullSettings.of(deps.settings).drop_dir):
        try:
            await tidy_folder(deps.ring, PullSettings.of(deps.settings), folder)
        except Exception as error:
            log.warning("the drop folder %s cannot be tidied: %s", folder.name, type(error).__name__)


def tables(drop: Path | None) -> Iterator[Path]:
    """Yield the folders of all current and former tables."""
    for folder in sorted(drop.iterdir()) if drop and drop.is_dir() else ():
        if not folder.is_symlink() and any((folder / name).is_dir() for name in (DONE, FAILED, OURS)):
            yield folder


async def tidy_folder(ring: KeyRing, settings: PullSettings, folder: Path) -> None:
    """Encrypt plain files and delete files older than `drop.keep_days`. Raises `OSError`, `Trouble`."""
    key, now = settings.keys.site_key, clock(folder)
    until = datetime.fromtimestamp(now, UTC) + timedelta(days=settings.drop.keep_days)
    for where in (DONE, FAILED):
        for path in clear(folder / where):
            await _seal(ring, key, path, until)
    for where in (DONE, FAILED, OURS):
        if (folder / where).is_dir():
            for path in _files(ours(folder, where)):
                age = now - path.stat().st_mtime
                if path.suffix in LEFT_OVER and age > DAY:
                    path.unlink()
                elif where != OURS and age > settings.drop.keep_days * DAY:
                    await forget(ring, path)


def clear(place: Path) -> list[Path]:
    """Return the files in `done` or `failed` that are not encrypted: those whose names are not ours."""
    return [path for path in _files(place) if not _OUR_NAMES.fullmatch(path.name)]


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return []
    with os.scandir(place) as entries:
        return sorted(place / entry.name for entry in entries if plain(entry))


async def _seal(ring: KeyRing, key: bytes, path: Path, until: datetime) -> None:
    """Encrypt one file of an earlier version; its list of wrong rows is only renamed, a checksum is deleted."""
    if path.suffix == ".sha256":
        path.unlink()
        return
    try:
        with opened(path) as file:
            if file.read(len(_ERRORS_HEAD)) == _ERRORS_HEAD:
                path.chmod(0o600)
                path.rename(free(path.with_name(f"{digest_of(key, path.name.partition('.errors.')[0])}{ERRORS}")))
                return
            await seal(ring, key, file, path.name, path.parent, new_key(), until)
    except NoFile:
        return
    path.unlink()
