"""A view in the hospital's database, polled by a watermark column (SQLAlchemy: PostgreSQL, MySQL, SQLite).

A transaction may commit after one that began later, so each look begins before the watermark: `overlap_minutes` of a
time (whole days of a date), `overlap_rows` of the rows that were read of a number or text. What was read there before
is known by its digest; after a restart, when no digest is known, by the message that it became. Neither is what keeps
a row from counting twice: its message is named by its content, and whoever reads messages refuses one that it has had.
"""

import asyncio
import hashlib
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Engine, column, literal_column, select, table

from services.his_adapter.definitions import Table, site_of
from services.his_adapter.formats.common.progress import Progress
from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.fhir.intake import FhirIntake
from services.his_adapter.formats.fhir.resource import Resource
from services.his_adapter.formats.tables.cells import BadRow
from services.his_adapter.formats.tables.connecting import connect, engine_of
from services.his_adapter.formats.tables.rows import resources
from services.his_adapter.settings import HisSettings
from shared.codec import Refusal
from shared.host.deps import Deps
from shared.ids import identifier_key

PAGE = 1000
Rows = Sequence[dict[str, Any]]


async def read_view(deps: Deps, intake: FhirIntake, definition: Table, progress: Progress) -> None:
    """Everything from before the watermark on, in its order. Raises `SQLAlchemyError`, `Trouble`."""
    loop = asyncio.get_running_loop()
    if loop.time() < progress.next_look:
        return
    progress.next_look = loop.time() + definition.every_seconds
    start = _start(await progress.position(), definition)
    progress.seen, progress.met = progress.seen | progress.met, {}  # a look that broke off counts as well
    restarted = start is not None and not progress.seen
    with ThreadPoolExecutor(1) as thread:  # a driver's connection stays with the thread that opened it
        pages = _pages(engine_of(definition, HisSettings.of(deps.settings)), definition, start)
        try:
            while (page := await loop.run_in_executor(thread, next, pages, None)) is not None:
                await _store(deps, intake, definition, progress, page, restarted)
        finally:
            await loop.run_in_executor(thread, pages.close)
    progress.seen, progress.met = progress.met, {}


def _pages(engine: Engine, definition: Table, start: Any) -> Generator[Rows, None, None]:
    """The rows of one look, a page at a time over one cursor."""
    schema, _, name = definition.view.rpartition(".")
    mark: Any = column(definition.watermark)
    wanted: Any = select(literal_column("*")).select_from(table(name, mark, schema=schema or None)).order_by(mark)
    asked = wanted if start is None else wanted.where(mark >= start)
    with connect(engine) as connection:
        found = connection.execution_options(yield_per=PAGE).execute(asked)
        for page in found.mappings().partitions():
            yield [dict(row) for row in page]


async def _store(
    deps: Deps, intake: FhirIntake, definition: Table, progress: Progress, page: Rows, restarted: bool
) -> None:
    """New rows of a page. None counts before it is stored."""
    rows = {hashlib.sha256(raw).hexdigest(): (row, raw) for row, raw in ((row, _raw(row)) for row in page)}
    known = progress.seen.keys() | progress.met.keys()
    good, wrong = dict[str, list[Resource]](), dict[str, str]()
    for digest, (row, raw) in rows.items():
        try:
            if digest not in known:
                good[digest] = _resources(deps, definition, row, digest)
        except BadRow as bad:
            wrong[digest] = str(bad)
            await refuse(deps, raw, Refusal("row-invalid", str(bad)), "table", progress.name)
    if restarted:
        good = await _untold(intake, good, progress.name)
    await intake.keep([each for told in good.values() for each in told], progress.name, definition.historical)
    marks = {digest: row.get(definition.watermark) for digest, (row, _) in rows.items()}
    progress.met |= marks
    if fresh := [digest for digest in (*good, *wrong) if marks[digest] is not None]:
        reachable, position = progress.met, await progress.position()
        last = [digest for digest, mark in marks.items() if mark is not None][-1]  # by the database's own order
        if last in fresh or not position:
            reachable = _reachable(progress.met, definition)
            position = _position_of(marks[last], reachable)
        trouble = next(reversed(wrong.values()), "")
        await progress.note(position, since=str(position["watermark"]), read=len(fresh), trouble=trouble)
        progress.met = reachable


async def _untold(intake: FhirIntake, good: dict[str, list[Resource]], name: str) -> dict[str, list[Resource]]:
    """The rows of which something was not stored before."""
    taken = iter(await intake.taken([each for told in good.values() for each in told], name))
    flags = {digest: [next(taken) for _ in told] for digest, told in good.items()}
    return {digest: told for digest, told in good.items() if not all(flags[digest])}


def _resources(deps: Deps, definition: Table, row: dict[str, Any], digest: str) -> list[Resource]:
    """A row's resources; of those without a time of their own the version is the row's words. Raises `BadRow`."""
    settings = HisSettings.of(deps.settings)
    key, zone = settings.keys.site_key, site_of(deps.definitions.snapshot, settings.mllp.site).zone
    if row.get(definition.watermark) is None:
        raise BadRow("watermark", definition.watermark, "is empty")
    version = {"meta": {"versionId": identifier_key(key, "row", digest)}}
    return [each if "meta" in each else {**each, **version} for each in resources(key, definition, zone, row)]


def _raw(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS)


def _reachable(met: dict[str, Any], definition: Table) -> dict[str, Any]:
    """Of the rows met in a look, in its order, those that the next one meets again if it begins behind the last."""
    rows = {digest: mark for digest, mark in met.items() if mark is not None}
    marks = list(rows.values())[-1 - definition.overlap_rows :]
    if marks and isinstance(marks[-1], date):
        start = _before(marks[-1], definition)
        return {digest: mark for digest, mark in rows.items() if mark >= start}
    beyond = len(rows) - len(marks)
    return {digest: mark for at, (digest, mark) in enumerate(rows.items()) if at >= beyond or mark == marks[0]}


def _before(mark: Any, definition: Table) -> Any:
    """Where a look at times begins; a date is looked behind by whole days."""
    overlap = timedelta(minutes=definition.overlap_minutes)
    return mark - overlap if isinstance(mark, datetime) else mark - timedelta(days=overlap.days + 1)


def _position_of(mark: Any, met: dict[str, Any]) -> dict[str, str | int]:
    """A watermark as it is noted, with what it was; of what is no time, `from` is where the next look begins."""
    if isinstance(mark, date):
        return {"watermark": mark.isoformat(), "as": "time" if isinstance(mark, datetime) else "day"}
    start = next(iter(met.values()))
    if isinstance(mark, int):
        return {"watermark": mark, "as": "number", "from": start}
    return {
        "watermark": str(mark),
        "as": "decimal" if isinstance(mark, float | Decimal) else "text",
        "from": str(start),
    }


def _start(position: dict[str, Any], definition: Table) -> Any:
    """Where a look begins that goes on from a position; None at first."""
    text, kind = position.get("from", position.get("watermark")), position.get("as")
    if text is None or kind in ("number", "text"):
        return text
    if kind == "decimal":
        return Decimal(text)
    return _before(datetime.fromisoformat(text) if kind == "time" else date.fromisoformat(text), definition)
