"""How far a position is behind the end of its partition, where transaction markers take offsets too.

The end counts what an open transaction has written, so that nothing seems at rest while its marker is on the way.
"""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

NEAR = 64
LOOKS = 25
"""Fetches of 10 ms at the most until what follows is known: records, or only markers."""


class Lag:
    """`ends` reads uncommitted, `tail` committed; both belong to no group and to nobody else."""

    def __init__(self, ends: AIOKafkaConsumer, tail: AIOKafkaConsumer) -> None:
        self._ends, self._tail, self._lock = ends, tail, asyncio.Lock()
        self._empty: dict[TopicPartition, tuple[int, int]] = {}

    async def of(self, at: dict[TopicPartition, int]) -> int:
        """Offsets between these positions and the ends; 0 for a partition where only markers follow."""
        ends = await self._ends.end_offsets(list(at)) if at else {}
        near = {tp: ends[tp] for tp, offset in at.items() if offset < ends[tp] <= offset + NEAR}
        async with self._lock:
            await self._look(at, {tp: end for tp, end in near.items() if not self._over(tp, at[tp], end)})
        return sum(0 if self._over(tp, at[tp], end) else end - at[tp] for tp, end in ends.items())

    def _over(self, tp: TopicPartition, at: int, end: int) -> bool:
        first, last = self._empty.get(tp, (end, end))
        return at >= end or (first <= at and last >= end)

    async def _look(self, at: dict[TopicPartition, int], ends: dict[TopicPartition, int]) -> None:
        if not ends:
            return
        self._tail.assign(list(ends))
        for tp in ends:
            self._tail.seek(tp, at[tp])
        behind: set[TopicPartition] = set()
        for _ in range(LOOKS):  # a fetch of markers alone returns nothing, so it is the position that tells
            behind |= (await self._tail.getmany(timeout_ms=10)).keys()
            passed = [tp for tp in ends.keys() - behind if await self._tail.position(tp) >= ends[tp]]
            if len(passed) + len(behind) == len(ends):
                break
        self._empty |= {tp: (at[tp], ends[tp]) for tp in passed}
