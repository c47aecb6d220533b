"""The drop folder, `<folder>/<table id>/`. Files are read, encrypted and moved to `done`, with a list of wrong rows.

The rows of a file are durable before the file is encrypted or deleted. After a crash in between, or the erasure of a
patient meanwhile, the file is read again; messages with the same content have the same id and are ignored. Rows of an
erased patient are then stored with a new data key.
"""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from services.his_adapter.formats.definitions import Site, site_of
from services.his_adapter.formats.fhir.intake import FhirIntake
from services.his_adapter.formats.fhir.resource import Resource
from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.formats.tables.cells import BadRow, Row
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.formats.tables.parsing import parsed
from services.his_adapter.formats.tables.rows import resources
from services.his_adapter.formats.whose.fhir import of_resource
from services.his_adapter.formats.whose.others import of_cells
from services.his_adapter.pulling.progress import Progress
from services.his_adapter.pulling.settings import PullSettings
from services.his_adapter.pulling.tables import arrivals, waiting
from services.his_adapter.pulling.tables.places import DONE, FAILED, free, inbox, ours
from services.his_adapter.pulling.tables.reader_deaths import ReaderDeaths
from services.his_adapter.pulling.tables.rights import warnings
from services.his_adapter.pulling.tables.sealed import ERRORS, ErasedMeanwhile, digest_of, new_key, seal, tie
from shared.contracts.base import Part
from shared.durable import create
from shared.host.deps import Deps
from shared.ids import identifier_key

Wrong = list[tuple[int, str]]
Keep = Callable[[], Awaitable[None]]


async def read_folder(deps: Deps, intake: FhirIntake, table: Table, progress: Progress) -> None:
    """Read every complete file, oldest first; nothing without a drop folder. Raises `OSError`, `Trouble`."""
    settings = PullSettings.of(deps.settings)
    drop, limits = settings.drop_dir, settings.drop
    if drop is None:
        return
    folder = await asyncio.to_thread(inbox, drop, table.id, limits)
    folder_trouble = "; ".join(await asyncio.to_thread(lambda: list(warnings(drop, table.id, limits))))
    poll = FolderPoll(deps, intake, table, progress, folder, folder_trouble)
    if folder_trouble != progress.last_trouble:
        progress.last_trouble = folder_trouble
        await progress.report(folder_trouble)
    for path in await asyncio.to_thread(waiting.waiting, folder, limits, table.unchanged_seconds):
        await poll.take(path)


class Position(Part):
    """The last file that was read or moved to `failed`, by a digest of its name."""

    file: str = ""


class FolderPoll:
    """One poll of a table's folder. `folder_trouble` is the problem of the folder itself, if any."""

    def __init__(
        self, deps: Deps, intake: FhirIntake, table: Table, progress: Progress, folder: Path, folder_trouble: str
    ) -> None:
        self._deps, self._intake, self._table, self._progress = deps, intake, table, progress
        self._folder, self._folder_trouble = folder, folder_trouble
        self._key, self._limits = deps.settings.keys.site_key, PullSettings.of(deps.settings).drop

    async def take(self, path: Path) -> None:
        """Read one file, completely or not at all; skip it if it no longer exists."""
        try:
            file = arrivals.opened(path)
        except arrivals.NoFile:
            return
        with file:
            before = arrivals.state(file)
            name = identifier_key(self._key, "attempt", f"{path.name} {before[2:]}")[:12]
            reader_deaths = ReaderDeaths(self._folder, name, self._table.file_attempts)
            try:
                with suppress(ErasedMeanwhile):  # the file is still there and is read again
                    await self._read_or_set_aside(path, file, before, reader_deaths)
            finally:  # also on cancellation: the process survived the file
                reader_deaths.end()

    async def _read_or_set_aside(
        self, path: Path, file: BinaryIO, before: arrivals.FileState, reader_deaths: ReaderDeaths
    ) -> None:
        key = new_key()
        try:
            reader_deaths.begin()
            await self._read(path, file, before, key)
        except BadFile as bad:
            if arrivals.unchanged(path, file, before):
                await self._failed(path, file, str(bad), key)

    async def _read(self, path: Path, file: BinaryIO, before: arrivals.FileState, key: str) -> None:
        copy, digest = await asyncio.to_thread(arrivals.copied, file, self._limits)
        with copy:
            waiting.check_sum(path, digest)
            count, wrong = await self._rows(copy, path.suffix.lower(), key)
            if not arrivals.unchanged(path, file, before):
                return  # it was written to: read it again when it is complete
            report = await asyncio.to_thread(self._write_errors, path, DONE, wrong) if wrong else ""
            if self._table.after_reading == "seal":
                await self._seal(copy, path, DONE, key, sha256=digest)
            else:
                await self._deps.ring.destroy([key])
            if arrivals.unchanged(path, file, before):
                _remove(path)
        trouble = f"{len(wrong)} rows of a file are wrong: see `{report}`" if wrong else ""
        await self._note(path, trouble, since=self._deps.clock().isoformat(), read=count)

    async def _seal(self, file: BinaryIO, path: Path, where: str, key: str, **details: str) -> None:
        until = self._deps.clock() + timedelta(days=self._limits.keep_days)
        await seal(self._deps.ring, self._key, file, path.name, self._folder / where, key, until, **details)

    async def _rows(self, copy: BinaryIO, suffix: str, key: str) -> tuple[int, Wrong]:
        """Store the valid rows; return their count, and number and error of each other row. Raises `BadFile`."""
        site = site_of(self._deps.definitions.snapshot, FormatSettings.of(self._deps.settings).mllp.site)
        read, wrong = 0, Wrong()
        async with aclosing(parsed(copy, suffix, self._limits)) as batches:
            async for batch in batches:
                good = list[Resource]()
                for number, row in batch:
                    try:
                        good += resources(self._key, self._table, site.zone, row)
                        read += 1
                    except BadRow as bad:
                        wrong.append((number, str(bad)))
                patients = self._patients(site, [row for _, row in batch], good)
                await tie(self._deps.ring, key, patients, self._deps.clock())
                await self._intake.keep(good, self._progress.name, self._table.historical)
        return read, wrong

    def _patients(self, site: Site, rows: Sequence[Row], good: Sequence[Resource]) -> set[str]:
        """Return the patients of all rows, also of wrong ones, and of the resources made from them."""
        numbered = {patient for row in rows for patient in of_cells(self._key, site, self._table, row)}
        return numbered.union(*(of_resource(self._key, site, resource) for resource in good))

    async def _failed(self, path: Path, file: BinaryIO, reason: str, key: str) -> None:
        """Move an unreadable file to `failed`, encrypted whatever `after_reading` is: its rows are not stored."""
        await asyncio.to_thread(self._write_errors, path, FAILED, [(0, reason)])
        await self._seal(file, path, FAILED, key, reason=reason)
        _remove(path)
        await self._note(path, f"a file was moved to `{FAILED}`: {reason}")

    def _write_errors(self, path: Path, where: str, wrong: Sequence[tuple[int, str]]) -> str:
        """Write row numbers and errors, without values, to a CSV file; return its path within the table's folder."""
        target = free(ours(self._folder, where) / f"{digest_of(self._key, path.name)}{ERRORS}")
        with create(target) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            csv.writer(text).writerows([("row", "problem"), *wrong])
        return f"{where}/{target.name}"

    async def _note(self, path: Path, trouble: str, **more: str | int) -> None:
        all_trouble = "; ".join(filter(None, (trouble, self._folder_trouble)))
        position = Position(file=digest_of(self._key, path.name))
        await self._progress.note(position, trouble=all_trouble, **more)


def _remove(path: Path) -> None:
    path.unlink()
    waiting.sum_of(path).unlink(missing_ok=True)
