"""Rebalances at the worst moments: while partitions recover, during the first fetch, recoveries beyond a session."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from aiokafka import TopicPartition

from shared.bus.clients import admin, producer
from shared.bus.group import GroupLoop
from shared.bus.groups import TOPIC, restart
from shared.bus.topics import Topic, create
from shared.bus.writing import Out, send_groups
from shared.settings import Settings
from tests.support.eventually import eventually

PARTITIONS = 4
EACH = 500


class Board:
    """Who holds which partition, and what was handled; a partition held twice is an error at once."""

    def __init__(self) -> None:
        self.holders: dict[int, str] = {}
        self.handled: Counter[tuple[int, int]] = Counter()
        self.assignments: Counter[str] = Counter()
        self.failures: list[BaseException] = []

    def done(self) -> bool:
        """Every record was handled."""
        return len(self.handled) == PARTITIONS * EACH

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait for a condition; the first failure of a worker is raised."""

        def look() -> tuple[Any, dict[int, str]]:
            if self.failures:
                raise self.failures[0]
            return condition(), self.holders

        await eventually(look, lambda state: state[0])


class Slow:
    """A handler that takes its time."""

    def __init__(self, board: Board, who: str, number: int, recovery: float, work: float) -> None:
        self._board, self._who, self._number, self._recovery, self._work = board, who, number, recovery, work

    async def open(self, committed: int) -> int:
        await asyncio.sleep(self._recovery)
        other = self._board.holders.setdefault(self._number, self._who)
        assert other == self._who, f"{self._number} is still held by {other}"
        return committed

    async def work(self, records: Sequence[Any]) -> None:
        assert self._board.holders[self._number] == self._who
        await asyncio.sleep(self._work)
        self._board.handled.update((self._number, record.offset) for record in records)

    async def close(self) -> None:
        if self._board.holders.get(self._number) == self._who:
            del self._board.holders[self._number]


class Watched(GroupLoop):
    """Counts how often it is given partitions."""

    board: Board
    who: str

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self.board.assignments[self.who] += 1
        await super().on_partitions_assigned(assigned)


@asynccontextmanager
async def worker(
    parts: Settings, board: Board, topic: str, recovery: float = 0.0, work: float = 0.0
) -> AsyncIterator[GroupLoop]:
    """One more member of the group that bears the topic's name."""
    who = uuid4().hex[:6]
    watched = Watched(
        parts.kafka,
        topic,
        [topic],
        lambda tp: Slow(board, who, tp.partition, recovery, work),
        board.failures.append,
        max_records=50,
    )
    watched.board, watched.who = board, who
    task = asyncio.create_task(watched.run())
    try:
        yield watched
    finally:
        watched.stop()
        with suppress(AssertionError):
            await task


async def filled(parts: Settings) -> str:
    """A topic of its own with records on every partition, and a group marked new on it."""
    topic = f"careloop.rebalance-{uuid4().hex[:8]}.events.v1"
    async with admin(parts.kafka) as client:
        await create(client, [TOPIC, Topic(topic, {}, PARTITIONS)], parts.kafka)
    writer = producer(parts.kafka)
    await writer.start()
    for number in range(PARTITIONS):
        await send_groups(writer, topic, number, [[Out("k", b"{}")] for _ in range(EACH)])
    await writer.stop()
    await restart(parts.kafka, topic, [TopicPartition(topic, number) for number in range(PARTITIONS)], "beginning")
    return topic


async def test_a_second_worker_that_joins_while_partitions_recover_takes_its_share(parts: Settings) -> None:
    board, topic = Board(), await filled(parts)
    async with worker(parts, board, topic, recovery=1.5) as first:
        await board.until(lambda: board.assignments)
        assert not first.ready
        async with worker(parts, board, topic) as second:
            await board.until(board.done)
            assert (len(first.next), len(second.next)) == (2, 2)
    assert set(board.handled.values()) == {1}
    assert board.holders == {}


async def test_a_second_worker_that_joins_during_the_first_fetch_repeats_nothing(parts: Settings) -> None:
    board, topic = Board(), await filled(parts)
    async with worker(parts, board, topic, work=0.2) as first:
        await board.until(lambda: board.handled)
        async with worker(parts, board, topic) as second:
            await board.until(board.done)
            assert (len(first.next), len(second.next)) == (2, 2)
    assert set(board.handled.values()) == {1}


async def test_recoveries_of_three_sessions_cause_no_rebalance_of_their_own(parts: Settings) -> None:
    board, topic, recovery = Board(), await filled(parts), 3 * parts.kafka.session_timeout_ms / 1000
    async with worker(parts, board, topic, recovery), worker(parts, board, topic, recovery):
        await board.until(lambda: len(board.assignments) == 2)
        joined = board.assignments.total()
        await board.until(board.done)
        assert board.assignments.total() <= joined + 1, "the second worker's own joining apart"
    assert set(board.handled.values()) == {1}
