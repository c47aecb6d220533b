"""The drop folder: `<folder>/<table id>/`. What was read goes, sealed, to `done`, beside what was wrong with its rows.

A file is read once its rows can be kept: they are durable before it is sealed or deleted, and a crash in between
reads it again, which tells nothing twice. So does the erasure of a patient meanwhile: what comes again is of their next
life.
"""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from services.his_adapter.definitions import Site, Table, site_of
from services.his_adapter.formats.common.progress import Progress
from services.his_adapter.formats.fhir.intake import FhirIntake
from services.his_adapter.formats.fhir.resource import Resource
from services.his_adapter.formats.tables import arrivals, waiting
from services.his_adapter.formats.tables.attempts import Attempts
from services.his_adapter.formats.tables.cells import BadRow, Row
from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.formats.tables.parsing import parsed
from services.his_adapter.formats.tables.places import DONE, FAILED, free, inbox, ours
from services.his_adapter.formats.tables.rights import warnings
from services.his_adapter.formats.tables.rows import resources
from services.his_adapter.formats.tables.sealed import ERRORS, ErasedMeanwhile, digest_of, new_key, seal, tie
from services.his_adapter.formats.whose.fhir import of_resource
from services.his_adapter.formats.whose.others import of_cells
from services.his_adapter.settings import HisSettings
from shared.durable import create
from shared.host.deps import Deps
from shared.ids import identifier_key

Wrong = list[tuple[int, str]]
Keep = Callable[[], Awaitable[None]]


async def read_folder(deps: Deps, intake: FhirIntake, table: Table, progress: Progress) -> None:
    """Every file that is whole, oldest first. Nothing where no drop folder is set. Raises `OSError`, `Trouble`."""
    settings = HisSettings.of(deps.settings)
    drop, limits = settings.drop_dir, settings.drop
    if drop is None:
        return
    folder = await asyncio.to_thread(inbox, drop, table.id, limits)
    standing = "; ".join(await asyncio.to_thread(lambda: list(warnings(drop, table.id, limits))))
    reading = Reading(deps, intake, table, progress, folder, standing)
    if standing != progress.standing:
        progress.standing = standing
        await progress.note(await progress.position(), trouble=standing)
    for path in await asyncio.to_thread(waiting.waiting, folder, limits):
        await reading.take(path)


class Reading:
    """One look at a table's folder. `standing` is the trouble that does not come from a file."""

    def __init__(
        self, deps: Deps, intake: FhirIntake, table: Table, progress: Progress, folder: Path, standing: str
    ) -> None:
        self._deps, self._intake, self._table, self._progress = deps, intake, table, progress
        self._folder, self._standing = folder, standing
        self._key, self._limits = deps.settings.keys.site_key, HisSettings.of(deps.settings).drop

    async def take(self, path: Path) -> None:
        """One file, wholly or not at all; what is no file any more is passed by."""
        try:
            file = arrivals.opened(path)
        except arrivals.NoFile:
            return
        with file:
            before = arrivals.state(file)
            attempts = Attempts(self._folder, identifier_key(self._key, "attempt", f"{path.name} {before[2:]}")[:12])
            try:
                with suppress(ErasedMeanwhile):  # it lies there still, and is read again
                    await self._read_or_set_aside(path, file, before, attempts)
            finally:  # also where we are told to stop: who comes here was not killed by the file
                attempts.end()

    async def _read_or_set_aside(self, path: Path, file: BinaryIO, before: arrivals.State, attempts: Attempts) -> None:
        key = new_key()
        try:
            attempts.begin()
            await self._read(path, file, before, key)
        except BadFile as bad:
            if arrivals.unchanged(path, file, before):
                await self._failed(path, file, str(bad), key)

    async def _read(self, path: Path, file: BinaryIO, before: arrivals.State, key: str) -> None:
        copy, digest = await asyncio.to_thread(arrivals.copied, file, self._limits)
        with copy:
            waiting.check_sum(path, digest)
            read, wrong = await self._rows(copy, path.suffix.lower(), key)
            if not arrivals.unchanged(path, file, before):
                return  # somebody wrote on: it is read again when it is whole
            where = await asyncio.to_thread(self._wrong, path, DONE, wrong) if wrong else ""
            if self._table.after_reading == "seal":
                await self._seal(copy, path, DONE, key, sha256=digest)
            else:
                await self._deps.ring.destroy([key])
            if arrivals.unchanged(path, file, before):
                _remove(path)
        told = f"{len(wrong)} rows of a file are wrong: see `{where}`" if wrong else ""
        await self._note(path, told, since=self._deps.clock().isoformat(), read=read)

    async def _seal(self, file: BinaryIO, path: Path, where: str, key: str, **known: str) -> None:
        until = self._deps.clock() + timedelta(days=self._limits.keep_days)
        await seal(self._deps.ring, self._key, file, path.name, self._folder / where, key, until, **known)

    async def _rows(self, copy: BinaryIO, suffix: str, key: str) -> tuple[int, Wrong]:
        """How many rows were kept, and what is wrong with the others. Raises `BadFile`."""
        site = site_of(self._deps.definitions.snapshot, HisSettings.of(self._deps.settings).mllp.site)
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
        """Of rows with what is wrong in them too, and as those are named that are kept."""
        numbered = {who for row in rows for who in of_cells(self._key, site, self._table, row)}
        return numbered.union(*(of_resource(self._key, site, each) for each in good))

    async def _failed(self, path: Path, file: BinaryIO, reason: str, key: str) -> None:
        """Out of the way, sealed whatever `after_reading` says: nobody has read it."""
        await asyncio.to_thread(self._wrong, path, FAILED, [(0, reason)])
        await self._seal(file, path, FAILED, key, reason=reason)
        _remove(path)
        await self._note(path, f"a file was moved to `{FAILED}`: {reason}")

    def _wrong(self, path: Path, where: str, wrong: Sequence[tuple[int, str]]) -> str:
        """Write down row numbers and reasons, no values; returns where."""
        target = free(ours(self._folder, where) / f"{digest_of(self._key, path.name)}{ERRORS}")
        with create(target) as file, io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
            csv.writer(text).writerows([("row", "problem"), *wrong])
        return f"{where}/{target.name}"

    async def _note(self, path: Path, trouble: str, **more: str | int) -> None:
        told = "; ".join(filter(None, (trouble, self._standing)))
        position: dict[str, str | int] = {"file": digest_of(self._key, path.name)}
        await self._progress.note(position, trouble=told, **more)


def _remove(path: Path) -> None:
    path.unlink()
    waiting.sum_of(path).unlink(missing_ok=True)
