"""Reading partitions from one offset to their end, without a group."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus.clients import reader
from shared.settings import Kafka


async def read_to_end(
    kafka: Kafka, partitions: Iterable[TopicPartition], start: dict[TopicPartition, int] | None = None
) -> AsyncIterator[list[Any]]:
    """Batches of records, partition by partition in log order, up to the end as it was at the call.

    Positions are compared, never records counted: transaction markers take offsets too. Whole fetches are taken,
    since the embedded broker tells as the end the second record of the last batch.
    """
    consumer = reader(kafka)
    await consumer.start()
    try:
        tps = list(partitions)
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await _seek(consumer, tps, start or {})
        behind = [tp for tp in tps if await consumer.position(tp) < ends[tp]]
        while behind:
            for records in (await consumer.getmany(*behind, timeout_ms=200)).values():
                yield records
            behind = [tp for tp in behind if await consumer.position(tp) < ends[tp]]
    finally:
        await consumer.stop()


async def _seek(consumer: AIOKafkaConsumer, tps: list[TopicPartition], start: dict[TopicPartition, int]) -> None:
    begin = await consumer.beginning_offsets(tps)
    for tp in tps:
        consumer.seek(tp, max(start.get(tp, 0), begin[tp]))
