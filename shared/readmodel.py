"""Reading of read models: waiting for a position, paging, and `as_of`, `position`, `lag` and `lag_as_of` in answers."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query

from shared import positions
from shared.host.deps import Deps
from shared.problems import Problem

MAX_POSITION_WAIT_SECONDS = 5.0
"""How long a request waits until the read model has reached the position that it asks for."""
ROUNDS = 20
"""How many database pages are read to fill one page of which the caller may see only some documents."""


@dataclass(frozen=True, slots=True)
class TimeOrder:
    """The order of a page by a time field that every document has, then by id: latest first, or earliest first."""

    field: str
    latest: bool = True

    @property
    def sort(self) -> list[tuple[str, int]]:
        """As MongoDB takes it."""
        sign = -1 if self.latest else 1
        return [(self.field, sign), ("_id", sign)]


def in_status(status: str | None) -> dict[str, Any]:
    """The condition for one status or several, such as `open,assigned`; none for all."""
    return {"status": {"$in": status.split(",")}} if status else {}


@dataclass(frozen=True, slots=True)
class Paging:
    """Parameters of a paged route: `page: AskedPage`. The `next` of the answer is the `cursor` of the next page."""

    limit: Annotated[int, Query(ge=1, le=500, description="documents a page")] = 100
    cursor: str | None = None
    min_position: str | None = None


AskedPage = Annotated[Paging, Depends()]


class ReadModel:
    """One collection of a service, with those shown together with it (`beside`), for its API."""

    def __init__(self, deps: Deps, collection: str, *beside: str) -> None:
        self._deps, self._name = deps, collection
        self._projections = [p for p in deps.service.collections if p.collection in (collection, *beside)]
        self.documents = deps.database[collection]

    async def position(self) -> positions.Vector:
        """The position up to which all of its collections have read."""
        at: positions.Vector = {}
        for reached in (await self._deps.database.positions(p.collection for p in self._projections)).values():
            at |= {name: min(next, at.get(name, next)) for name, next in reached.items()}
        return at

    async def wait(self, min_position: str | None) -> None:
        """Return once the collection has read that far; 503 after 5 s, 400 for a topic that it does not read."""
        if not min_position:
            return
        required = positions.vector(min_position)
        for name in required:
            if not any(name.rpartition("-")[0] in projection.topics for projection in self._projections):
                raise Problem(400, "position-foreign", f"`min_position` names {name}, which {self._name} does not read")
        deadline = asyncio.get_running_loop().time() + MAX_POSITION_WAIT_SECONDS
        while not _reached(await self.position(), required):
            if asyncio.get_running_loop().time() > deadline:
                detail = (
                    f"{self._name} has not reached `min_position` within {MAX_POSITION_WAIT_SECONDS:g} s: try again"
                )
                raise Problem(503, "position-not-reached", detail, {"retry-after": "2"})
            await asyncio.sleep(0.02)

    async def when(self, id: str, over: Callable[[dict[str, Any]], bool], wait: float) -> dict[str, Any] | None:
        """A document once it is `over`, else as it is after `wait` seconds; None if there is none."""
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            row: dict[str, Any] | None = await self.documents.find_one({"_id": id})
            if (row and over(row)) or asyncio.get_running_loop().time() >= deadline:
                return row
            await asyncio.sleep(0.1)

    async def page(
        self,
        where: dict[str, Any],
        page: Paging,
        show: Callable[[dict[str, Any]], Awaitable[Any]],
        newest: str | TimeOrder | None = None,
        only: Callable[[list[dict[str, Any]]], Awaitable[list[dict[str, Any]]]] | None = None,
    ) -> dict[str, Any]:
        """Documents by id, or by the time field `newest`, latest first, or in a `TimeOrder`; `next` is None at end.

        `only` filters documents: a page may then be short, even empty, though there is a `next`. Raises as `wait`.
        """
        await self.wait(page.min_position)
        conditions = {name: value for name, value in where.items() if value}
        order = TimeOrder(newest) if isinstance(newest, str) else newest
        sort = order.sort if order else [("_id", 1)]
        rows: list[dict[str, Any]] = []
        place, last, limit = after(page.cursor), None, page.limit
        for _ in range(ROUNDS if only else 1):
            cursor = self.documents.find({"$and": [conditions, _beyond(place, order)]}).sort(sort).limit(limit)
            batch = [row async for row in cursor]
            rows += await only(batch) if only else batch
            last = batch[-1] if len(batch) == limit else None
            if last is None or len(rows) >= limit:
                break
            place = _place_of(last, order)
        last = rows[limit - 1] if len(rows) >= limit else last
        more = cursor_of(_place_of(last, order)) if last else None
        return await self.shown([await show(row) for row in rows[:limit]], next=more)

    async def shown(self, data: Any, **more: Any) -> dict[str, Any]:
        """The answer. `lag`: events not shown yet as of `lag_as_of`; `as_of`: the time of the shared clock."""
        at = await self.position()
        lag, sampled = self._deps.sampler.of(positions.offsets(at))
        body = {"data": data, "as_of": self._deps.clock().isoformat(), "position": positions.token(at)}
        return {**body, "lag": lag, "lag_as_of": iso(sampled), **more}


def iso(value: Any) -> Any:
    """A time as ISO 8601 text; anything else unchanged."""
    return value.isoformat() if isinstance(value, datetime) else value


def _place_of(row: dict[str, Any], order: TimeOrder | None) -> str:
    """The sort key of a document in a page."""
    return f"{row[order.field].isoformat()} {row['_id']}" if order else str(row["_id"])


def _beyond(place: str, order: TimeOrder | None) -> dict[str, Any]:
    if order is None:
        return {"_id": {"$gt": place}}
    if not place:
        return {order.field: {"$exists": True}}
    time, _, id = place.partition(" ")
    try:
        at = datetime.fromisoformat(time).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Problem(400, "cursor-invalid", "`cursor` must be the `next` of the page before") from error
    past = "$lt" if order.latest else "$gt"
    return {"$or": [{order.field: {past: at}}, {order.field: at, "_id": {past: id}}]}


def _reached(at: positions.Vector, wanted: positions.Vector) -> bool:
    return all(at.get(name, 0) >= offset for name, offset in wanted.items())


def cursor_of(key: str) -> str:
    """The opaque cursor that continues after `key`."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def after(cursor: str | None) -> str:
    """The key that a cursor continues after. Raises a 400 problem for an invalid cursor."""
    if not cursor:
        return ""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError as error:  # of base64 and of UTF-8 alike
        raise Problem(400, "cursor-invalid", "`cursor` must be the `next` of the page before") from error
