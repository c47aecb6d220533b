"""The loop of all consumer groups: recovery outside the rebalance callbacks.

Why it is not simpler (each reason was measured): aiokafka delivers records of a new assignment while
`on_partitions_assigned` still runs; a long callback gets the member evicted; exceptions in callbacks are swallowed. So
callbacks only increment a generation, pause and start tasks; a task opens its partition and, in the same generation,
seeks and resumes; a batch fetched in an older generation is dropped.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from shared.bus.clients import group_consumer, start, stop
from shared.bus.consuming import LogCut, within
from shared.pulse import Pulse
from shared.settings_kafka import Kafka

RELEASE_SECONDS = 10.0
"""Time for each partition to close when a group releases its partitions."""
log = logging.getLogger(__name__)


class PartitionHandler(Protocol):
    """What a role does with one assigned partition."""

    async def open(self, committed: int) -> int:
        """Recover; returns the offset to read from (`committed` unless the handler has a better one)."""

    async def work(self, records: Sequence[Any]) -> None:
        """Handle a batch completely: on return it may be committed. May raise `Unfinished`."""

    async def close(self) -> None:
        """Release everything held for the partition."""


class Last(NamedTuple):
    """The last handled record, and when it was written (seconds since 1970)."""

    topic: str
    partition: int
    offset: int
    written: float


class OffsetsVanished(Exception):
    """The group has no committed offset: a restart from either end would repeat or lose work."""


class Unfinished(Exception):
    """A handler stops within a batch: records before `offset` are done, the others must be read again."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


Fatal = Callable[[BaseException], None]


class GroupLoop(ConsumerRebalanceListener):
    """Consumes `topics` as `group`, one handler per assigned partition.

    `commits` False: the handler commits (in its transaction). `fatal` is called once with the exception that ended the
    loop; the process must exit.
    """

    def __init__(
        self,
        kafka: Kafka,
        group: str,
        topics: list[str],
        handler: Callable[[TopicPartition], PartitionHandler],
        fatal: Fatal,
        commits: bool = True,
        max_records: int = 2000,
    ) -> None:
        self.group, self.topics = group, topics
        self._kafka, self._handler, self._fatal, self._commits = kafka, handler, fatal, commits
        self._max_records = max_records
        self._lock = asyncio.Lock()
        self._generation = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._open: dict[TopicPartition, PartitionHandler] = {}
        self._assigned: set[TopicPartition] = set()
        self._joined = False
        self._stopping = self._busy = False
        self.next: dict[TopicPartition, int] = {}
        self.last: Last | None = None
        self.consumer: AIOKafkaConsumer = None
        self.pulse, self.ended = Pulse(), asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether it has joined and every assigned partition is recovered."""
        return self._joined and self._assigned == self._open.keys()

    async def run(self) -> None:
        """Serve until cancelled or `stop`."""
        self.pulse.own()
        try:
            await self._run()
        except Exception as error:
            self._fatal(error)
            raise
        finally:
            self.pulse.rest()
            self.ended.set()

    async def _run(self) -> None:
        self.consumer = group_consumer(self._kafka, self.group)
        self.consumer.subscribe(self.topics, listener=self)
        try:
            await start(self.consumer)
            while not self._stopping:
                await self._turn()
        finally:
            await self._release()
            await stop(self.consumer)

    def stop(self) -> None:
        """End after the current batch."""
        self._stopping = True

    async def _turn(self) -> None:
        self.pulse.beat()
        generation = self._generation
        batch = await self.consumer.getmany(timeout_ms=200, max_records=self._max_records)
        self._busy = True
        for tp, records in batch.items():
            async with self._lock:
                await self._serve(generation, tp, records)
        self._busy = False

    async def progress(self) -> dict[TopicPartition, int]:
        """The next offset of each open partition, beyond transaction markers if no batch is being handled."""
        offsets = dict(self.next)
        if not self._busy and offsets:
            for tp in offsets.keys() & self.consumer.assignment():
                offsets[tp] = max(offsets[tp], await self.consumer.position(tp))
        return offsets if not self._busy else dict(self.next)

    async def _serve(self, generation: int, tp: TopicPartition, records: Sequence[Any]) -> None:
        handler = self._open.get(tp)
        if generation != self._generation or handler is None:
            if tp in self.next and tp in self.consumer.assignment():
                self.consumer.seek(tp, self.next[tp])
            return
        if records[0].offset < self.next[tp]:  # aiokafka starts over if the log ends before our position
            raise LogCut(f"{tp.topic}-{tp.partition} gives offset {records[0].offset} after {self.next[tp] - 1}")
        try:
            await handler.work(records)
        except Unfinished as unfinished:
            self.consumer.seek(tp, unfinished.offset)
            records = [record for record in records if record.offset < unfinished.offset]
        if records:
            end = records[-1]
            self.next[tp], self.last = end.offset + 1, Last(end.topic, end.partition, end.offset, end.timestamp / 1000)
            if self._commits:
                await self._commit(tp)

    async def _reachable(self, tp: TopicPartition, start: int) -> int:
        """The offset to read from. Raises `LogCut` if the log does not contain what was read before."""
        begin, end = (await self.consumer.beginning_offsets([tp]))[tp], (await self.consumer.end_offsets([tp]))[tp]
        within(self._kafka, tp, start, begin, end)
        return max(start, int(begin))

    async def _commit(self, tp: TopicPartition) -> None:
        try:
            await self.consumer.commit({tp: self.next[tp]})
        except (CommitFailedError, IllegalStateError):
            log.info("lost %s-%s before its commit: its new owner repeats the batch", tp.topic, tp.partition)
            await self._open.pop(tp).close()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Release all partitions under the batch lock."""
        try:
            await self._release()
        except Exception as error:
            self._fatal(error)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Pause, and recover each partition in a task of its own."""
        try:
            self._generation += 1
            self._assigned, self._joined = set(assigned), True
            if assigned:
                self.consumer.pause(*assigned)
            self._tasks = [asyncio.create_task(self._recover(tp, self._generation)) for tp in assigned]
            for task in self._tasks:
                task.add_done_callback(self._recovered)
        except Exception as error:
            self._fatal(error)

    def _recovered(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            self._fatal(error)

    async def _release(self) -> None:
        async with self._lock:
            self._generation += 1
            recovering, handlers = self._tasks, list(self._open.values())
            self._tasks, self._open, self.next = [], {}, {}
            self._assigned, self._joined = set(), False
            for task in recovering:
                task.cancel()
            if recovering:  # wait until they have closed what they opened
                await asyncio.wait(recovering, timeout=RELEASE_SECONDS)
            for handler in handlers:
                await asyncio.wait_for(handler.close(), RELEASE_SECONDS)

    async def _recover(self, tp: TopicPartition, generation: int) -> None:
        handler = self._handler(tp)
        try:
            committed = await self.consumer.committed(tp)
            if committed is None:
                raise OffsetsVanished(
                    f"group {self.group} has no offset for {tp.topic}-{tp.partition}: `careloop topics` gives a new "
                    "group its first one, and says what to do where Kafka has forgotten it"
                )
            start = await handler.open(committed)
            if not self._commits:  # the former owner may have committed until `open` fenced it
                start = max(start, await self.consumer.committed(tp))
            start = await self._reachable(tp, start)
            async with self._lock:
                if generation != self._generation:
                    await handler.close()
                    return
                self.consumer.seek(tp, start)
                self._open[tp], self.next[tp] = handler, start
                self.consumer.resume(tp)
        except asyncio.CancelledError:
            await handler.close()
            raise
        except Exception as error:
            self._fatal(error)
            await handler.close()
