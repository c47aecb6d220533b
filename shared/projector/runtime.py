"""One source partition of a projector: live collections get each batch, those behind are fed separately."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from aiokafka import TopicPartition

from shared import mongo
from shared.projector.applying import Adapters, Applying
from shared.projector.catching_up import CatchingUp
from shared.projector.generations import POSITIONS, live, physical
from shared.projector.model import Projection
from shared.telemetry import batch_span


class ProjectorPartition:
    """A `PartitionHandler` for the projections that consume this partition's topic.

    Positions are those in MongoDB: it continues at the most advanced collection, and feeds each collection that is
    behind from its own position. `_next`: the offset up to which batches were handled; a collection that has not read
    so far would miss records, so it gets no batches until it has caught up.
    """

    def __init__(
        self, projections: Sequence[Projection], tp: TopicPartition, adapters: Adapters, catching_up: CatchingUp
    ) -> None:
        self._tp, self._adapters, self._catching_up = tp, adapters, catching_up
        self._applying = Applying(projections, tp, adapters)
        self._next = 0
        self._batch = asyncio.Lock()
        self._feeds: dict[str, asyncio.Task[dict[str, int]]] = {}

    async def open(self, committed: int) -> int:
        """MongoDB's positions count, not those of the group."""
        positions = await self._applying.positions()
        self._next = max(positions.values(), default=committed)
        self._feed({name: next for name, next in positions.items() if next < self._next})
        return self._next

    async def close(self) -> None:
        """End the feeds; the next owner finds their collections behind again."""
        while feeds := set(self._feeds.values()):
            for feed in feeds:
                feed.cancel()
            await asyncio.gather(*feeds, return_exceptions=True)

    async def work(self, records: Sequence[Any]) -> None:
        """Apply a batch to all collections that have read everything before it."""
        until = records[-1].offset + 1
        with batch_span("process", self._tp.topic, self._tp.partition, records, self._adapters.database):
            async with self._batch:
                behind = await self._applying.advance(records, self._next, until)
                self._next = max(self._next, until)
        self._feed(behind)

    def _feed(self, behind: dict[str, int]) -> None:
        """Start one feed for all collections at the same position that have none."""
        for start in set(behind.values()):
            names = frozenset({name for name, next in behind.items() if next == start} - self._feeds.keys())
            if names:
                self._catching_up.stands((self._tp, names), self._tp, start)
                feed = asyncio.create_task(self._read_on(names, start))
                self._feeds |= dict.fromkeys(names, feed)
                feed.add_done_callback(partial(self._ended, names))

    def _ended(self, names: frozenset[str], feed: asyncio.Task[dict[str, int]]) -> None:
        """A feed has ended: caught up, cancelled, failed, or the positions were reset (then feed again)."""
        self._catching_up.stands((self._tp, names), self._tp, None)
        for name in names:
            del self._feeds[name]
        if feed.cancelled():
            return
        if error := feed.exception():
            self._catching_up.fatal(error)
        else:
            self._feed(feed.result())

    async def _read_on(self, names: frozenset[str], next: int) -> dict[str, int]:
        """Feed until caught up; returns the collections whose positions were reset meanwhile."""
        projections = [p for p in self._applying.projections if p.collection in names]
        applying = Applying(projections, self._tp, self._adapters)
        async with self._catching_up.source() as source:
            async for _, records, until in source.batches({self._tp: next}):
                if until > next:
                    async with self._catching_up.turn:
                        behind = await applying.advance(records, next, until)
                    if behind:
                        return behind
                    next = until
                    self._catching_up.stands((self._tp, names), self._tp, next)
                async with self._batch:  # no batch is being handled, so the comparison is valid
                    if next >= self._next:
                        break
        return {}


async def prepare(database: Any, projections: Sequence[Projection]) -> None:
    """Create the live collections and their indexes before the first batch."""
    await mongo.ensure(database, POSITIONS)
    generations = await live(database[POSITIONS], [p.collection for p in projections])
    for projection in projections:
        await ensure(database, projection, generations[projection.collection])


async def ensure(database: Any, projection: Projection, generation: int) -> None:
    """Create one generation of a collection and its indexes."""
    name = physical(projection.collection, generation)
    await mongo.ensure(database, name, projection.indexes, projection.kept_seconds)
