"""Reads the log for catching up and rebuilding: partitions from an offset to another, or for ever."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus.clients import groupless_consumer, started
from shared.bus.consuming import LogCut, within
from shared.projector.generations import Vector
from shared.settings_kafka import Kafka

QUIET_POLLS = 50
"""Polls of 200 ms without a record after which a required offset counts as missing."""


class Source:
    """A consumer without a group, for an `async with` block."""

    def __init__(self, kafka: Kafka, most: int = 500) -> None:
        self._kafka, self._most = kafka, most
        self._consumer: AIOKafkaConsumer = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Source":
        self._consumer = await self._stack.enter_async_context(started(groupless_consumer(self._kafka)))
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def ends(self, tps: list[TopicPartition]) -> Vector:
        """The current end of each partition."""
        return dict(await self._consumer.end_offsets(tps))

    async def batches(
        self, start: Vector, until: Vector | None = None
    ) -> AsyncIterator[tuple[TopicPartition, list[Any], int]]:
        """(partition, records, next offset), also for empty reads; each partition up to `until`.

        The next offset may be beyond the last record: transaction markers take offsets, and old records expire. Raises
        `LogCut` if the log does not reach so far, or begins later.
        """
        if not start:
            return
        consumer, open_, quiet = self._consumer, dict(start), 0
        consumer.assign(list(open_))
        begin, end = await consumer.beginning_offsets(list(start)), await consumer.end_offsets(list(start))
        for tp, offset in start.items():
            for position in (offset, (until or start)[tp]):
                within(self._kafka, tp, position, begin[tp], end[tp])
            consumer.seek(tp, max(offset, begin[tp]))
        while open_:
            batches = await consumer.getmany(*open_, timeout_ms=200, max_records=self._most)
            before = dict(open_)
            for tp in before:
                last = until[tp] if until else None
                records, at = batches.get(tp, []), await consumer.position(tp)
                if last is not None:
                    records, at = [record for record in records if record.offset < last], min(at, last)
                open_[tp] = at
                yield tp, records, at
                if at == last:
                    del open_[tp]
            quiet = 0 if open_ != before else quiet + 1
            if until and quiet > QUIET_POLLS:
                [tp, at] = next(iter(open_.items()))
                raise LogCut(f"{tp.topic}-{tp.partition} was read up to {until[tp]}, but gives nothing after {at}")
