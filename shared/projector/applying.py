"""Applies batches of one source partition to MongoDB, each in one transaction with the positions."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition

from shared import mongo
from shared.bus.topics import is_inbox
from shared.codec import Codec, Refusal
from shared.envelope import Envelope, header
from shared.projector.folding import by_document, fold
from shared.projector.generations import POSITIONS, check_newest, live, physical, position_id
from shared.projector.limit import Limit
from shared.projector.model import Item, Projection

TOO_LARGE = Refusal("too-large", "a document of the read model would exceed 16 MB with it")
Refused = Callable[[Any, Refusal], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Adapters:
    """What a batch needs: client, database name, codec, and the function for refused records."""

    client: Any
    database: str
    codec: Codec
    refused: Refused


class Applying:
    """Applies the records of one partition to those of the projections that consume its topic.

    Writes to their live generations, read anew for each batch, or to the generation `build`.
    """

    def __init__(
        self, projections: Sequence[Projection], tp: TopicPartition, adapters: Adapters, build: int | None = None
    ) -> None:
        self.projections = [p for p in projections if tp.topic in p.topics]
        self._tp, self._adapters, self._build = tp, adapters, build
        self._database = adapters.client[adapters.database]
        types_of_each = [p.types for p in self.projections]
        self._types = frozenset(model.wire for types in types_of_each if types for model in types)

    async def positions(self) -> dict[str, int]:
        """The next offset of each collection."""

        async def read() -> dict[str, int]:
            async with mongo.transaction(self._adapters.client) as session:
                return {name: next for name, (_, next) in (await self._standing(session)).items()}

        return await mongo.persistently(read)

    async def advance(self, records: Sequence[Any], start: int, until: int) -> dict[str, int]:
        """Apply the records between two offsets, and set the positions to `until`.

        Returns the positions of collections that are behind `start`: these are not changed, as they lack earlier
        records. A collection that is ahead takes only records that are new to it. An event that would make a document
        too large is skipped: it is passed to `refused`, and the document stays.
        """
        items = await self._items(records)
        try:
            return await self._advanced(records, items, start, until)
        except mongo.MongoError as error:
            if not mongo.is_too_large(error):
                raise
        return await self._advanced(records, items, start, until, measure=True)

    async def _advanced(
        self, records: Sequence[Any], items: list[Item], start: int, until: int, measure: bool = False
    ) -> dict[str, int]:
        refused = set[int]()

        async def applied() -> dict[str, int]:
            async with mongo.transaction(self._adapters.client) as session:
                standing, passed_by = await self._standing(session), set[int]()
                for projection in self.projections:
                    generation, next = standing[projection.collection]
                    if start <= next < until:
                        new_items = [item for item in items if item.offset >= next]
                        passed_by |= await self._apply(session, projection, generation, new_items, until, measure)
                for record in records if passed_by else ():
                    if record.offset in passed_by - refused:  # once, even if the transaction is retried
                        await self._adapters.refused(record, TOO_LARGE)
                        refused.add(record.offset)
                return {name: next for name, (_, next) in standing.items() if next < start}

        return await mongo.persistently(applied)

    async def _standing(self, session: Any) -> dict[str, tuple[int, int]]:
        """The generation and the next offset of each collection, as seen by one transaction."""
        positions, names = self._database[POSITIONS], [p.collection for p in self.projections]
        if self._build is None:
            generations = await live(positions, names, session)
        else:
            generations = dict.fromkeys(names, self._build)
            for name in names:
                await check_newest(positions, name, self._build, session)
        ids = {position_id(name, generation, self._tp): name for name, generation in generations.items()}
        next = dict.fromkeys(names, 0)
        async for row in positions.find({"_id": {"$in": list(ids)}}, session=session):
            next[ids[row["_id"]]] = int(row["next"])
        return {name: (generations[name], next[name]) for name in names}

    async def _apply(
        self, session: Any, projection: Projection, generation: int, fresh: list[Item], until: int, measure: bool
    ) -> set[int]:
        """Apply items to one collection; returns the offsets of events that were skipped."""
        target, passed_by = self._database[physical(projection.collection, generation)], set[int]()
        if touching := by_document(projection, fresh):
            stored, sizes = await mongo.sized(target, touching, session)
            limit = Limit(sizes, mongo.LARGEST, measure)
            if operations := mongo.replacing(fold(projection, touching, stored, limit)):
                await target.bulk_write(operations, ordered=False, session=session)
            passed_by = {item.offset for item in limit.passed_by}
        position = {"_id": position_id(projection.collection, generation, self._tp)}
        await self._database[POSITIONS].update_one(position, {"$set": {"next": until}}, upsert=True, session=session)
        return passed_by

    async def _items(self, records: Sequence[Any]) -> list[Item]:
        items = []
        decoded = await self._adapters.codec.read(records, self._types) if records else []
        for record, (raw, envelope) in zip(records, decoded, strict=True):
            if isinstance(envelope, Refusal):
                if not is_inbox(record.topic):  # the inbox policy keeps refused inbox records
                    await self._adapters.refused(record, envelope)
                if not raw:
                    continue  # no attributes; with them, projections of raw records still apply it
            typed = envelope if isinstance(envelope, Envelope) else None
            trace = header(record.headers or (), "traceparent")
            written = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            place = (record.topic, record.partition, record.offset)
            items.append(Item(*place, raw, trace, typed, written, _size(record)))
        return items


def _size(record: Any) -> int:
    return len(record.value or b"") + sum(len(value or b"") for _, value in record.headers or ())
