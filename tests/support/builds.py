"""A projector that may restart while collections are rebuilt, over a log in memory and a real database."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from aiokafka import TopicPartition

from shared.codec import Codec, Refusal
from shared.projector import Projection
from shared.projector.applying import TOO_LARGE, Adapters, Applying
from shared.projector.catching_up import CatchingUp
from shared.projector.generations import POSITIONS, Vector, begin, discard, swap
from shared.projector.runtime import ProjectorPartition, ensure, prepare
from shared.projector.views import Views
from shared.testing import envelope
from tests.support.counter import AT, TOTALS, Counted
from tests.support.eventually import eventually

TOPIC = "careloop.counter.events.v1"
TPS = [TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)]
BOTH = (TOTALS, replace(TOTALS, collection="again"))


class MemoryLog:
    """A log in memory, read as `Source` reads."""

    def __init__(self) -> None:
        self.records: dict[TopicPartition, list[Any]] = {tp: [] for tp in TPS}

    async def __aenter__(self) -> "MemoryLog":
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    async def batches(self, start: Vector, until: Vector | None = None) -> AsyncIterator[Any]:
        at = dict(start)
        while True:
            for tp in at:
                records = self.records[tp][at[tp] : at[tp] + 2]
                at[tp] += len(records)
                yield tp, records, at[tp]
            await asyncio.sleep(0)


@dataclass
class RebuildScenario:
    """Two collections of two partitions; the projector may restart, and rebuilds begin and end meanwhile."""

    client: Any
    codec: Codec
    log: MemoryLog = field(default_factory=MemoryLog)
    failures: list[BaseException] = field(default_factory=list)
    open: dict[TopicPartition, ProjectorPartition] = field(default_factory=dict)
    next: Vector = field(default_factory=dict)
    projections: tuple[Projection, ...] = BOTH
    passed_by: set[tuple[TopicPartition, int]] = field(default_factory=set)
    build: tuple[int, int] = (0, 0)
    built: Vector = field(default_factory=dict)
    sequence: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.name = f"world_{uuid4().hex}"
        self.database = self.client[self.name]
        self.adapters = Adapters(self.client, self.name, self.codec, self._refused)
        self.catching_up = CatchingUp(lambda: self.log, self.failures.append)

    async def _refused(self, record: Any, refusal: Refusal) -> None:
        assert refusal == TOO_LARGE, refusal
        self.passed_by.add((TopicPartition(record.topic, record.partition), record.offset))

    async def append(self, tp: TopicPartition, count: int) -> None:
        """Append `count` events, which belong to three counters in turn."""
        for _ in range(count):
            records = self.log.records[tp]
            counter = f"{tp.partition}-{len(records) % 3}"
            self.sequence[counter] += 1
            event = Counted(at=AT, counter=counter, by=1 + len(records))
            [value] = await self.codec.encode([envelope(event, self.sequence[counter])])
            place = {"topic": TOPIC, "partition": tp.partition, "offset": len(records), "timestamp": 0}
            records.append(SimpleNamespace(**place, value=value, headers=()))

    async def restart(self, tp: TopicPartition, count: int = 0) -> None:
        """Restart the projector of a partition, as if its consumer group had committed nothing."""
        if tp in self.open:
            await self.open[tp].close()
        self.open[tp] = ProjectorPartition(self.projections, tp, self.adapters, self.catching_up)
        self.next[tp] = await self.open[tp].open(0)

    async def batch(self, tp: TopicPartition, count: int) -> None:
        """Let the projector process its next batch of at most `count` records."""
        if records := self.log.records[tp][self.next[tp] : self.next[tp] + count]:
            await self.open[tp].work(records)
            self.next[tp] += len(records)

    async def begin(self, tp: TopicPartition, count: int) -> None:
        """Begin a rebuild, also if the previous one was not finished."""
        self.build, self.built = await begin(self.database, "totals"), dict.fromkeys(TPS, 0)
        await ensure(self.database, self.projections[0], self.build[0])

    async def feed(self, tp: TopicPartition, count: int) -> None:
        """Let the rebuild process its next batch of at most `count` records."""
        records = self.log.records[tp][self.built.get(tp, 0) :][:count]
        if self.build[0] and records:
            applying = Applying(self.projections[:1], tp, self.adapters, self.build[0])
            await applying.advance(records, self.built[tp], self.built[tp] + len(records))
            self.built[tp] += len(records)

    async def swap(self, tp: TopicPartition, count: int) -> None:
        """Replace the live collection by the rebuilt one, if the rebuild has caught up."""
        number, replaced = self.build
        if number and await swap(self.client, self.database, "totals", number, replaced, TPS):
            await discard(self.database, "totals", replaced)
            self.build = (0, 0)

    async def take_back(self, tp: TopicPartition, count: int) -> None:
        """Reset the second collection as if this release added it, in one partition or both; no catch-up runs."""
        async with self.catching_up.turn:
            for one in TPS if count > 2 else [tp]:
                await self.database["again"].delete_many({"_id": {"$regex": f"^{one.partition}-"}})
                await self.database[POSITIONS].delete_one({"_id": f"again:{TOPIC}-{one.partition}"})

    async def at_rest(self) -> None:
        """Process everything, and wait until every collection has caught up with the live position."""
        for tp in TPS:
            await self.append(tp, 1)
            await self.batch(tp, len(self.log.records[tp]))
        await eventually(self.caught_up)
        for tp in TPS:
            await self.open[tp].close()

    def caught_up(self) -> bool:
        """Whether every collection has caught up with the live position. Asserts that nothing failed."""
        assert self.failures == []
        return not self.catching_up.probe()

    async def shown(self, collection: str, field: str = "total") -> dict[str, Any]:
        """One field of every document, by id."""
        return {row["_id"]: row[field] async for row in Views(self.database)[collection].find({})}


@asynccontextmanager
async def opened(world: RebuildScenario) -> AsyncIterator[RebuildScenario]:
    """Assign both partitions to the projector; close it and drop the database at the end."""
    await prepare(world.database, world.projections)
    for tp in TPS:
        await world.restart(tp)
    yield world
    for tp in TPS:
        await world.open[tp].close()
    await world.client.drop_database(world.name)
