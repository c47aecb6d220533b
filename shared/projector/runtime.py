"""One source partition of a projector: batches go into MongoDB in a transaction with their position."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiokafka import TopicPartition

from shared import mongo
from shared.bus.topics import is_inbox
from shared.codec import Codec, Refusal
from shared.envelope import Envelope, header
from shared.projector.folding import fold, touched
from shared.projector.model import Item, Projection
from shared.telemetry import batch_span

log = logging.getLogger(__name__)
POSITIONS = "positions"
T = TypeVar("T")
Refused = Callable[[Any, Refusal], Awaitable[None]]


class PositionMoved(Exception):
    """Another writer advanced or holds this position: the batch is given up and read again."""


def position_id(collection: str, tp: TopicPartition) -> str:
    """The position document of one collection and one source partition."""
    return f"{collection}:{tp.topic}-{tp.partition}"


class ProjectorPartition:
    """A `PartitionHandler` for the projections that read this partition's topic."""

    def __init__(
        self,
        projections: Sequence[Projection],
        tp: TopicPartition,
        client: Any,
        database: str,
        codec: Codec,
        refused: Refused,
        suffix: str = "",
    ) -> None:
        self._projections = [p for p in projections if tp.topic in p.topics]
        self._tp, self._client, self._database = tp, client, client[database]
        self._codec, self._refused, self._suffix = codec, refused, suffix
        self._group, self.furthest = database, 0
        wanted = [p.types for p in self._projections]
        self._types = frozenset(model.wire for types in wanted if types for model in types)

    async def open(self, committed: int) -> int:
        """MongoDB's own position counts, not the group's: the least advanced collection says where to start."""

        async def least() -> int:
            positions = [await self._position(None, p) for p in self._projections] or [committed]
            self.furthest = max(positions)
            return min(positions)

        return await self._stubbornly(least)

    async def close(self) -> None:
        """Nothing is held."""

    async def work(self, records: Sequence[Any]) -> None:
        """Fold a batch; while MongoDB is away, in conflict or held by a rebuild it is tried again, slower."""
        items = await self._items(records)
        with batch_span("process", self._tp.topic, self._tp.partition, records, self._group):
            try:
                await self._applied(items, records[-1].offset + 1)
            except mongo.MongoError as error:
                if not mongo.is_too_large(error):
                    raise
                await self._one_by_one(items, records)

    async def _applied(self, items: list[Item], until: int, only_small: bool = False) -> None:
        async def attempt() -> None:
            async with mongo.transaction(self._client) as session:
                for projection in self._projections:
                    await self._apply(session, projection, items, until, only_small)

        await self._stubbornly(attempt)

    async def _one_by_one(self, items: list[Item], records: Sequence[Any]) -> None:
        """A batch with a record that makes a document too large: it is kept as a dead letter, the document stays."""
        for record in records:
            mine = [item for item in items if item.offset == record.offset]
            try:
                await self._applied(mine, record.offset + 1)
            except mongo.MongoError as error:
                if not mongo.is_too_large(error):
                    raise
                refusal = Refusal("too-large", "a document of the read model would exceed 16 MB with it")
                await self._refused(record, refusal)
                await self._applied(mine, record.offset + 1, only_small=True)

    async def _stubbornly(self, attempt: Callable[[], Awaitable[T]]) -> T:
        pause = 0.01
        while True:
            try:
                return await attempt()
            except (mongo.MongoError, PositionMoved) as error:
                if not (isinstance(error, PositionMoved) or mongo.is_transient(error)):
                    raise
                if pause >= 1.0:
                    log.warning("%s-%s waits: %s", self._tp.topic, self._tp.partition, type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 1.0)

    async def _items(self, records: Sequence[Any]) -> list[Item]:
        items = []
        for record, (raw, envelope) in zip(records, await self._codec.read(records, self._types), strict=True):
            if isinstance(envelope, Refusal):
                if not is_inbox(record.topic):  # there it is the inbox policy that keeps what it refuses
                    await self._refused(record, envelope)
                continue
            typed = envelope if isinstance(envelope, Envelope) else None
            trace = header(record.headers or (), "traceparent")
            written = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            items.append(Item(record.topic, record.partition, record.offset, raw, trace, typed, written))
        return items

    async def _position(self, session: Any, projection: Projection) -> int:
        id = position_id(projection.collection + self._suffix, self._tp)
        found = await self._database[POSITIONS].find_one({"_id": id}, session=session)
        if found and found.get("held_until", 0) > time.time():
            raise PositionMoved(f"{id} is held by a rebuild")
        return int(found["next"]) if found else 0

    async def _apply(
        self, session: Any, projection: Projection, items: list[Item], until: int, only_small: bool
    ) -> None:
        start = await self._position(session, projection)
        fresh = [item for item in items if item.offset >= start]
        if until <= start:
            return
        target = self._database[projection.collection + self._suffix]
        ids = touched(projection, fresh)
        if ids:
            found = {d["_id"]: d async for d in target.find({"_id": {"$in": list(ids)}}, session=session)}
            folded = fold(projection, fresh, found)
            if only_small:
                folded = {id: document for id, document in folded.items() if mongo.storable(document)}
            operations = mongo.replacing(folded)
            if operations:
                await target.bulk_write(operations, ordered=False, session=session)
        id = position_id(projection.collection + self._suffix, self._tp)
        where = {"_id": id, "next": start} if start else {"_id": id, "next": {"$in": [0, None]}}
        await self._database[POSITIONS].update_one(where, {"$set": {"next": until}}, upsert=not start, session=session)


async def prepare(database: Any, projections: Sequence[Projection], suffix: str = "") -> None:
    """Collections and indexes exist before the first batch."""
    await mongo.ensure(database, POSITIONS)
    for projection in projections:
        await mongo.ensure(database, projection.collection + suffix, projection.indexes, projection.kept_seconds)
