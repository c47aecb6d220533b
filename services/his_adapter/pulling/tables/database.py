"""Poll a view in the hospital's database by a watermark column (SQLAlchemy: PostgreSQL, MySQL, SQLite).

Each poll starts before the watermark (`watermark.py`). Rows that were read before are skipped by their digests; after a
restart, without digests, by the messages that were stored. This only saves work: message ids are derived from the
content, so that consumers ignore repeated rows in any case.
"""

import asyncio
import hashlib
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from sqlalchemy import Engine, column, literal_column, select, table

from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.definitions import site_of
from services.his_adapter.formats.fhir.intake import FhirIntake
from services.his_adapter.formats.fhir.resource import Resource
from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.formats.tables.cells import BadRow
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.formats.tables.rows import resources
from services.his_adapter.pulling.progress import Progress
from services.his_adapter.pulling.settings import PullSettings
from services.his_adapter.pulling.tables.connecting import connect, engine_of
from services.his_adapter.pulling.tables.watermark import Position, WatermarkValue, position_of, reachable
from shared.codec import Refusal
from shared.host.deps import Deps
from shared.ids import identifier_key

PAGE = 1000
Rows = Sequence[dict[str, Any]]


async def read_view(deps: Deps, intake: FhirIntake, definition: Table, progress: Progress) -> None:
    """Read the rows from before the watermark on, in its order. Raises `SQLAlchemyError`, `Trouble`."""
    loop = asyncio.get_running_loop()
    if loop.time() < progress.next_look:
        return
    progress.next_look = loop.time() + definition.every_seconds
    start = (await progress.position(Position)).starts_at(definition)
    progress.seen, progress.seen_now = progress.seen | progress.seen_now, {}  # includes the rows of an interrupted poll
    restarted = start is not None and not progress.seen
    with ThreadPoolExecutor(1) as thread:  # drivers require that a connection stays in one thread
        pages = _pages(engine_of(definition, PullSettings.of(deps.settings)), definition, start)
        try:
            while (page := await loop.run_in_executor(thread, next, pages, None)) is not None:
                await _store(deps, intake, definition, progress, page, restarted)
        finally:
            await loop.run_in_executor(thread, pages.close)
    progress.seen, progress.seen_now = progress.seen_now, {}


def _pages(engine: Engine, definition: Table, start: WatermarkValue) -> Generator[Rows, None, None]:
    """Yield the rows of one poll, in pages from one cursor."""
    schema, _, name = definition.view.rpartition(".")
    watermark: Any = column(definition.watermark)
    query: Any = (
        select(literal_column("*")).select_from(table(name, watermark, schema=schema or None)).order_by(watermark)
    )
    since_start = query if start is None else query.where(watermark >= start)
    with connect(engine) as connection:
        result = connection.execution_options(yield_per=PAGE).execute(since_start)
        for page in result.mappings().partitions():
            yield [dict(row) for row in page]


async def _store(
    deps: Deps, intake: FhirIntake, definition: Table, progress: Progress, page: Rows, restarted: bool
) -> None:
    """Store the new rows of a page, then advance the position."""
    rows = {hashlib.sha256(raw).hexdigest(): (row, raw) for row, raw in ((row, _raw(row)) for row in page)}
    read_before = progress.seen.keys() | progress.seen_now.keys()
    good, wrong = dict[str, list[Resource]](), dict[str, str]()
    for digest, (row, raw) in rows.items():
        try:
            if digest not in read_before:
                good[digest] = _resources(deps, definition, row, digest)
        except BadRow as bad:
            wrong[digest] = str(bad)
            await refuse(deps, raw, Refusal("row-invalid", str(bad)), "table", progress.name)
    if restarted:
        good = await _not_stored(intake, good, progress.name)
    await intake.keep([resource for built in good.values() for resource in built], progress.name, definition.historical)
    watermarks = {digest: row.get(definition.watermark) for digest, (row, _) in rows.items()}
    progress.seen_now |= watermarks
    if fresh := [digest for digest in (*good, *wrong) if watermarks[digest] is not None]:
        again, position = progress.seen_now, await progress.position(Position)
        last = [digest for digest, watermark in watermarks.items() if watermark is not None][-1]
        if last in fresh or position.watermark is None:
            again = reachable(progress.seen_now, definition)
            position = position_of(watermarks[last], again)
        trouble = next(reversed(wrong.values()), "")
        await progress.note(position, since=str(position.watermark), read=len(fresh), trouble=trouble)
        progress.seen_now = again


async def _not_stored(intake: FhirIntake, good: dict[str, list[Resource]], name: str) -> dict[str, list[Resource]]:
    """Return the rows with at least one resource that was not stored before."""
    stored = iter(await intake.taken([resource for built in good.values() for resource in built], name))
    flags = {digest: [next(stored) for _ in built] for digest, built in good.items()}
    return {digest: built for digest, built in good.items() if not all(flags[digest])}


def _resources(deps: Deps, definition: Table, row: dict[str, Any], digest: str) -> list[Resource]:
    """Return a row's resources; without a time, their version is a digest of the row. Raises `BadRow`."""
    site = site_of(deps.definitions.snapshot, FormatSettings.of(deps.settings).mllp.site)
    key, zone = deps.settings.keys.site_key, site.zone
    if row.get(definition.watermark) is None:
        raise BadRow("watermark", definition.watermark, "is empty")
    version = {"meta": {"versionId": identifier_key(key, "row", digest)}}
    built = resources(key, definition, zone, row)
    return [resource if "meta" in resource else {**resource, **version} for resource in built]


def _raw(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS)
