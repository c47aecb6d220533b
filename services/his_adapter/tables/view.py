"""A view in the hospital's database, polled by a watermark column (SQLAlchemy: PostgreSQL, MySQL, SQLite)."""

import asyncio
import hashlib
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import column, create_engine, literal_column, make_url, select, table
from sqlalchemy.pool import NullPool

from services.his_adapter.definitions import Table
from services.his_adapter.fhir.intake import FhirIntake
from services.his_adapter.fhir.resource import Resource
from services.his_adapter.policies import site_of
from services.his_adapter.progress import Progress
from services.his_adapter.refusing import refuse
from services.his_adapter.tables.cells import BadRow
from services.his_adapter.tables.rows import resources
from shared.codec import Refusal
from shared.host.deps import Deps

PAGE = 1000
OVERLAP = timedelta(minutes=10)
"""How far before a watermark of time is read again: a transaction may commit later than one that began after it."""
TIMEOUTS = {"pg8000": {"timeout": 60}, "pymysql": {"connect_timeout": 20, "read_timeout": 120}}
Rows = Sequence[dict[str, Any]]


async def read_view(deps: Deps, intake: FhirIntake, definition: Table, progress: Progress) -> None:
    """Everything at or beyond the watermark, oldest first. Raises `SQLAlchemyError`."""
    loop = asyncio.get_running_loop()
    if loop.time() < progress.next_look:
        return
    progress.next_look = loop.time() + definition.every_seconds
    at = _since(_mark_of(await progress.position()))
    with ThreadPoolExecutor(1) as thread:  # a driver's connection stays with the thread that opened it
        pages = _pages(definition, deps.settings.secret_of(definition.id), at)
        try:
            while (page := await loop.run_in_executor(thread, next, pages, None)) is not None:
                await _store(deps, intake, definition, progress, page)
        finally:
            await loop.run_in_executor(thread, pages.close)


def _pages(definition: Table, password: str, at: Any) -> Generator[Rows, None, None]:
    """The rows of one look, a page at a time over one cursor."""
    url = make_url(definition.url)
    whole = url.set(password=password) if password else url
    engine = create_engine(whole, poolclass=NullPool, connect_args=TIMEOUTS.get(url.get_driver_name(), {}))
    schema, _, name = definition.view.rpartition(".")
    mark: Any = column(definition.watermark)
    wanted: Any = select(literal_column("*")).select_from(table(name, mark, schema=schema or None)).order_by(mark)
    with engine.connect() as connection:
        found = connection.execution_options(yield_per=PAGE).execute(wanted.where(mark >= at) if at else wanted)
        for page in found.mappings().partitions():
            yield [dict(row) for row in page]


async def _store(deps: Deps, intake: FhirIntake, definition: Table, progress: Progress, page: Rows) -> None:
    """New rows of a page; those that were read before are known by their digest. None counts before it is stored."""
    key, zone = deps.settings.keys.site_key, site_of(deps.definitions.snapshot, deps.settings.mllp.site).zone
    raws = {hashlib.sha256(raw).hexdigest(): (row, raw) for row, raw in ((row, _raw(row)) for row in page)}
    fresh = {digest: found for digest, found in raws.items() if digest not in progress.seen}
    if not fresh:
        return
    good, wrong = list[Resource](), ""
    for row, raw in fresh.values():
        try:
            if row.get(definition.watermark) is None:
                raise BadRow("watermark", definition.watermark, "is empty")
            good += resources(key, definition, zone, row)
        except BadRow as bad:
            wrong = str(bad)
            await refuse(deps, raw, Refusal("row-invalid", wrong), "table", progress.name)
    await intake.keep(good, progress.name, definition.historical)
    marks = {digest: row.get(definition.watermark) for digest, (row, _) in fresh.items()}
    told = [mark for mark in marks.values() if mark is not None]
    newest = max([*told, *([] if progress.mark is None else [progress.mark])], default=None)
    known = {**progress.seen, **marks}
    progress.seen = {digest: mark for digest, mark in known.items() if mark is None or mark >= _since(newest)}
    progress.mark = newest
    if told:
        position = _position_of(newest)
        await progress.note(position, since=str(position["watermark"]), read=len(told), trouble=wrong)


def _raw(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS)


def _position_of(mark: Any) -> dict[str, str | int]:
    """A watermark as it is noted, with what it was."""
    if isinstance(mark, date):
        return {"watermark": mark.isoformat(), "as": "time" if isinstance(mark, datetime) else "day"}
    return {
        "watermark": mark if isinstance(mark, int) else str(mark),
        "as": "number" if isinstance(mark, int) else "text",
    }


def _since(mark: Any) -> Any:
    """Where a look begins: a watermark of time is looked behind."""
    return mark - OVERLAP if isinstance(mark, datetime) else mark


def _mark_of(position: dict[str, Any]) -> Any:
    """The watermark to go on from; None at first."""
    text, kind = position.get("watermark"), position.get("as")
    if text is None or kind in ("number", "text"):
        return text
    return datetime.fromisoformat(text) if kind == "time" else date.fromisoformat(text)
