"""Patches of faust-streaming 0.15.3 for topics written in transactions, or with fewer partitions.

Each need was measured. Without the first Faust sees aborted events; without the second it commits one transaction per
interval; without the third a failed event is committed during shutdown and lost; without the fourth an event is
committed whose table write is not on the changelog yet (Faust's buffer gives up after 0.1 s) or was refused, so that
the next worker never learns of the timer. Without the fifth a topic with fewer partitions than the timers (a decider
with one) is refused, and may be assigned to another worker than the ticks of its partition.
"""

import asyncio
from functools import cache
from typing import Any, cast

import faust.assignor.partition_assignor as assignors
import faust.tables.base as tables
import faust.transport.consumer as consumers
import faust.transport.drivers.aiokafka as driver
import faust.transport.producer as producers

LOOK_SECONDS = 0.5
"""How often a wait for writes checks whether the app has crashed."""


@cache
def apply() -> None:
    """Patch Faust's consumer, once per process."""
    create = driver.AIOKafkaConsumerThread._create_worker_consumer
    add_gap, commit = consumers.Consumer._add_gap, consumers.Consumer._commit_offsets
    put = producers.ProducerBuffer.put

    def read_committed(self: Any, transport: Any) -> Any:
        made = create(self, transport)
        made._isolation_level = "read_committed"
        return made

    async def gap_without_its_end(self: Any, tp: Any, start: int, end: int) -> None:
        await add_gap(self, tp, start, end - 1)

    def put_and_remember(self: Any, message: Any) -> None:
        unwritten = self.__dict__.setdefault("unwritten", set())
        unwritten.add(message)
        message.add_done_callback(lambda done: None if _failure(done) else unwritten.discard(done))
        put(self, message)

    async def commit_what_is_written(self: Any, offsets: Any, start_new_transaction: bool = True) -> Any:
        await _written(self.app)
        if getattr(self.app, "poisoned", False) or self.app.crashed:
            return False
        return await commit(self, offsets, start_new_transaction)

    thread, consumer = cast(Any, driver.AIOKafkaConsumerThread), cast(Any, consumers.Consumer)
    cast(Any, producers.ProducerBuffer).put = put_and_remember
    thread._create_worker_consumer = read_committed
    consumer._add_gap = gap_without_its_end
    consumer._commit_offsets = commit_what_is_written
    _assign_by_number()


def _assign_by_number() -> None:
    """Assign partition n of every topic to the worker with partition n of the timers, whatever number of partitions."""
    add_standbys = assignors.PartitionAssignor._global_table_standby_assignments

    def by_number(self: Any, assignments: Any, partitions: Any) -> Any:
        [table] = self._table_manager.changelog_topics
        for worker in assignments.values():
            mine = worker.actives.get(table, [])
            for topic, count in partitions.items():
                if count < partitions[table]:
                    worker.actives[topic] = [number for number in mine if number < count]
        return add_standbys(self, assignments, partitions)

    cast(Any, assignors.PartitionAssignor)._global_table_standby_assignments = by_number
    cast(Any, tables.Collection)._verify_source_topic_partitions = lambda self, topic: None


async def _written(app: Any) -> None:
    """Return when the broker has everything that is in the buffer now; a failed write ends the app."""
    waiting = set(getattr(app.producer.buffer, "unwritten", ()))
    while waiting and not app.crashed:
        done, waiting = await asyncio.wait(waiting, timeout=LOOK_SECONDS)
        if failure := next(filter(None, map(_failure, done)), None):
            app.poisoned = True
            await app.crash(failure)
            return


def _failure(done: asyncio.Future[Any]) -> BaseException | None:
    return asyncio.CancelledError() if done.cancelled() else done.exception()
