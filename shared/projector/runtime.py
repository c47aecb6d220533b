"""One source partition of a projector: its live collections take each batch, those behind are fed until they do."""

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
    """A `PartitionHandler` for the projections that read this partition's topic.

    It goes by the positions in MongoDB: it reads on where the most advanced collection is, and feeds each collection
    that is behind from where that one is. `_next` is up to where batches were taken; a collection that has not read
    so far would miss what stands between, so it takes no part until it has.
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
        """MongoDB's positions count, not the group's."""
        positions = await self._applying.positions()
        self._next = max(positions.values(), default=committed)
        self._feed({name: next for name, next in positions.items() if next < self._next})
        return self._next

    async def close(self) -> None:
        """Feeds end; their collections are found behind again by the next owner."""
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
        """A feed of their own for collections that stand at the same place and have none yet."""
        for start in set(behind.values()):
            names = frozenset({name for name, next in behind.items() if next == start} - self._feeds.keys())
            if names:
                self._catching_up.stands((self._tp, names), self._tp, start)
                feed = asyncio.create_task(self._read_on(names, start))
                self._feeds |= dict.fromkeys(names, feed)
                feed.add_done_callback(partial(self._ended, names))

    def _ended(self, names: frozenset[str], feed: asyncio.Task[dict[str, int]]) -> None:
        """They have joined, unless the feed was cancelled, failed, or their positions were taken back."""
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
        """Until they have joined; returns those whose positions were taken back meanwhile."""
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
                async with self._batch:  # while no batch is in hand, they have joined or they have not
                    if next >= self._next:
                        break
        return {}


async def prepare(database: Any, projections: Sequence[Projection]) -> None:
    """The live collections and their indexes exist before the first batch."""
    await mongo.ensure(database, POSITIONS)
    generations = await live(database[POSITIONS], [p.collection for p in projections])
    for projection in projections:
        await ensure(database, projection, generations[projection.collection])


async def ensure(database: Any, projection: Projection, generation: int) -> None:
    """One generation of a collection and its indexes exist."""
    name = physical(projection.collection, generation)
    await mongo.ensure(database, name, projection.indexes, projection.kept_seconds)
