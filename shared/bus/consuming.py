"""Reads partitions from an offset to their end, without a group, and checks that the log still has what was read."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus.clients import groupless_consumer, started
from shared.bus.topics import is_events
from shared.settings_kafka import Kafka

RECORD_SECONDS = 10.0
"""How long `record_at` waits for a record."""


class LogCut(Exception):
    """The log does not contain what was read before: it was cut, or an older copy was restored."""


def within(kafka: Kafka, tp: TopicPartition, position: int, begin: int, end: int) -> None:
    """Raises `LogCut` if the log ends before `position`, or if events after it are gone.

    The embedded broker reports too low an end, and its log does not outlive the process.
    """
    place, mend = f"{tp.topic}-{tp.partition}", "restore the whole log (docs/how-to/back-up-and-restore.md)"
    if position > end and kafka.transactions:
        raise LogCut(f"{place} ends at {end}, but was read up to {position}: it was cut or is an older copy: {mend}")
    if position < begin and is_events(tp.topic):
        raise LogCut(f"{place} begins at {begin}, but was read only up to {position}: events are gone: {mend}")


def know(consumer: AIOKafkaConsumer, tps: Iterable[TopicPartition]) -> None:
    """Let a consumer that reads nothing know these partitions, before it is asked for their offsets.

    aiokafka asks for all topics of an assignment at once, but for others one by one, every 100 ms.
    """
    known = consumer.assignment()
    if new := set(tps) - known:
        consumer.assign([*known, *new])
        consumer.pause(*known, *new)


async def read_to_end(
    kafka: Kafka,
    partitions: Iterable[TopicPartition],
    start: dict[TopicPartition, int] | None = None,
    until: dict[TopicPartition, int] | None = None,
) -> AsyncIterator[list[Any]]:
    """Batches of records, partition by partition in log order, up to the end at the call, or beyond `until`.

    Positions are compared, records are not counted: transaction markers take offsets too. Whole fetches are returned,
    as the embedded broker reports the second record of the last batch as the end. Raises `LogCut` if the log does not
    reach from a partition's `start`.
    """
    async with started(groupless_consumer(kafka)) as consumer:
        tps = list(partitions)
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        begins = await consumer.beginning_offsets(tps)
        for tp, position in (start or {}).items():
            within(kafka, tp, position, begins[tp], ends[tp])
        for tp in tps:
            consumer.seek(tp, max((start or {}).get(tp, 0), begins[tp]))
        ends = {tp: min(end, (until or {}).get(tp, end)) for tp, end in ends.items()}
        behind = [tp for tp in tps if await consumer.position(tp) < ends[tp]]
        while behind:
            for records in (await consumer.getmany(*behind, timeout_ms=200)).values():
                yield records
            behind = [tp for tp in behind if await consumer.position(tp) < ends[tp]]


async def record_at(kafka: Kafka, tp: TopicPartition, offset: int) -> Any | None:
    """The record at an offset, or the first one after it; None if none comes within `RECORD_SECONDS`.

    The end of the partition is not looked at, as the embedded broker reports one before the last records of a batch.
    """
    async with started(groupless_consumer(kafka)) as consumer:
        consumer.assign([tp])
        consumer.seek(tp, offset)
        end = asyncio.get_running_loop().time() + RECORD_SECONDS
        while asyncio.get_running_loop().time() < end:
            for records in (await consumer.getmany(tp, timeout_ms=200)).values():
                for record in records:
                    if record.offset >= offset:
                        return record
    return None
