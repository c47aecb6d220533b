"""How far a position is behind the end of its partition; transaction markers take offsets too.

The end includes open transactions, so that a partition does not look idle while their markers are on the way.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared import mongo
from shared.bus.consuming import know
from shared.clock import Clock

log = logging.getLogger(__name__)
NEAR = 64
LOOKS = 25
"""Maximum number of fetches of 10 ms until it is known what follows: records, or only markers."""
SAMPLE_SECONDS = 1.0
Positions = dict[TopicPartition, int]


class Lag:
    """`ends` reads uncommitted, `tail` committed; both have no group and are used here only."""

    def __init__(self, ends: AIOKafkaConsumer, tail: AIOKafkaConsumer) -> None:
        self._ends, self._tail, self._lock = ends, tail, asyncio.Lock()
        self._empty: dict[TopicPartition, tuple[int, int]] = {}

    async def of(self, at: Positions) -> int:
        """Number of offsets between these positions and the current ends; 0 if only markers follow."""
        ends = await self.ends(at)
        return sum(self.behind(tp, at[tp], end) for tp, end in ends.items())

    async def ends(self, at: Positions) -> Positions:
        """The current ends; also checks what follows those positions that are near them."""
        know(self._ends, at)
        ends = await self._ends.end_offsets(list(at)) if at else {}
        near = {tp: ends[tp] for tp, offset in at.items() if offset < ends[tp] <= offset + NEAR}
        async with self._lock:
            await self._look(at, {tp: end for tp, end in near.items() if self.behind(tp, at[tp], end)})
        return dict(ends)

    def behind(self, tp: TopicPartition, at: int, end: int) -> int:
        """Number of offsets between a position and an end, using earlier checks."""
        first, last = self._empty.get(tp, (end, end))
        return 0 if at >= end or (first <= at and last >= end) else end - at

    async def _look(self, at: Positions, ends: Positions) -> None:
        if not ends:
            return
        self._tail.assign(list(ends))
        for tp in ends:
            self._tail.seek(tp, at[tp])
        behind: set[TopicPartition] = set()
        for _ in range(LOOKS):  # a fetch of markers alone returns nothing, but moves the position
            behind |= (await self._tail.getmany(timeout_ms=10)).keys()
            passed = [tp for tp in ends.keys() - behind if await self._tail.position(tp) >= ends[tp]]
            if len(passed) + len(behind) == len(ends):
                break
        self._empty |= {tp: (at[tp], ends[tp]) for tp in passed}


class LagSampler:
    """The lag for answers: relative to the ends when this process last sampled them.

    So a read needs no request to Kafka and works without it. `positions`: the positions of the read models.
    """

    def __init__(self, lag: Lag, positions: Callable[[], Awaitable[Positions]], clock: Clock) -> None:
        self._lag, self._positions, self._clock = lag, positions, clock
        self._ends: Positions = {}
        self._as_of: datetime | None = None

    def of(self, at: Positions) -> tuple[int | None, datetime | None]:
        """Number of offsets between these positions and the sampled ends, and the time of the sample; None without one.

        A partition that had no position at the sample counts as read.
        """
        if self._as_of is None:
            return None, None
        return sum(self._lag.behind(tp, next, self._ends.get(tp, next)) for tp, next in at.items()), self._as_of

    async def run(self) -> None:
        """Sample until cancelled; while Kafka or MongoDB is away the last sample is kept."""
        while True:
            try:
                await self.sample()
            except (KafkaError, mongo.MongoError) as error:
                log.warning("the lag is not sampled for now: %s", type(error).__name__)
            await asyncio.sleep(SAMPLE_SECONDS)

    async def sample(self) -> None:
        """Sample the ends now."""
        as_of = self._clock()
        self._ends = await self._lag.ends(await self._positions())
        self._as_of = as_of
