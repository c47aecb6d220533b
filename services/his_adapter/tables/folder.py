"""The drop folder: `<folder>/<table id>/`; files that were read go to `done`, with what was wrong with their rows."""

import asyncio
import csv
import hashlib
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.his_adapter.definitions import Table
from services.his_adapter.fhir.intake import FhirIntake
from services.his_adapter.policies import site_of
from services.his_adapter.progress import Progress
from services.his_adapter.tables.cells import BadRow, Row
from services.his_adapter.tables.rows import resources
from services.his_adapter.tables.sheets import SHEETS, TEXTS, BadFile, rows
from shared.host.deps import Deps

BATCH, SETTLED = 500, 5.0
"""Rows stored at once; seconds a file must not have changed for where no checksum says that it is whole."""


async def read_folder(deps: Deps, intake: FhirIntake, table: Table, progress: Progress) -> None:
    """Every file that is whole, oldest first. Nothing where no drop folder is set. Raises `OSError`."""
    if deps.settings.drop_dir is None:
        return
    folder = deps.settings.drop_dir / table.id
    for path in await asyncio.to_thread(waiting, folder):
        await _read(deps, intake, table, progress, path)


def waiting(folder: Path) -> list[Path]:
    """The files to read: those with a checksum beside them, or unchanged for a while."""
    folder.mkdir(parents=True, exist_ok=True)
    now = _clock(folder)
    files = [path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in (*SHEETS, *TEXTS)]
    whole = [path for path in files if now - path.stat().st_mtime >= SETTLED or (_sum(path).exists() and _agrees(path))]
    return sorted(whole, key=lambda path: (path.stat().st_mtime, path.name))


def _clock(folder: Path) -> float:
    """What time it is where the folder lies: it may be another machine's."""
    now = folder / ".now"
    now.touch()
    return now.stat().st_mtime


async def _read(deps: Deps, intake: FhirIntake, table: Table, progress: Progress, path: Path) -> None:
    key, zone = deps.settings.keys.site_key, site_of(deps.definitions.snapshot, deps.settings.mllp.site).zone
    stored, wrong, before = 0, list[tuple[int, str]](), _state(path)
    name = {"file": hashlib.sha256(path.name.encode()).hexdigest()[:12]}  # a name may hold a person's
    try:
        await asyncio.to_thread(check, path)
        found = await asyncio.to_thread(lambda: list(rows(path)))
        for part in _parts(found):
            good = []
            for number, row in part:
                try:
                    good += resources(key, table, zone, row)
                except BadRow as bad:
                    wrong.append((number, str(bad)))
            await intake.keep(good, progress.name, table.historical)
            stored += len(part)
    except BadFile as bad:
        await asyncio.to_thread(_move, path, "failed", [(0, str(bad))])
        await progress.note(name, trouble=f"a file was moved to `failed`: {bad}")
        return
    if _state(path) != before:
        return  # somebody wrote on: it is read again when it is whole
    await asyncio.to_thread(_move, path, "done", wrong)
    told = f"{len(wrong)} rows of a file are wrong: see its .errors.csv in `done`" if wrong else ""
    await progress.note(name, since=deps.clock().isoformat(), read=stored - len(wrong), trouble=told)


def _parts(found: Sequence[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    whole = iter(found)
    while part := list(itertools.islice(whole, BATCH)):
        yield part


def check(path: Path) -> None:
    """Whether the file is what its `.sha256` says, where there is one. Raises `BadFile`."""
    if _sum(path).exists() and not _agrees(path):
        raise BadFile("its SHA-256 is not what the file beside it says: it was cut or changed on its way")


def _agrees(path: Path) -> bool:
    """Whatever wrote the checksum down (PowerShell does it in UTF-16), it is in there."""
    said = _sum(path).read_bytes().replace(b"\0", b"").lower()
    return hashlib.sha256(path.read_bytes()).hexdigest().encode() in said


def _state(path: Path) -> tuple[int, int]:
    return path.stat().st_size, path.stat().st_mtime_ns


def _sum(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _move(path: Path, where: str, wrong: list[tuple[int, str]]) -> None:
    """Out of the way, beside what was wrong: row numbers and reasons, no values."""
    target = path.parent / where
    target.mkdir(exist_ok=True)
    if wrong:
        with free(target / f"{path.name}.errors.csv").open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file).writerows([("row", "problem"), *wrong])
    if _sum(path).exists():
        os.replace(_sum(path), free(target / _sum(path).name))
    os.replace(path, free(target / path.name))


def free(path: Path) -> Path:
    """That name, or with a number where a file of an earlier day has it."""
    names = (path.with_name(f"{path.stem}.{count}{path.suffix}") if count else path for count in itertools.count())
    return next(name for name in names if not name.exists())
