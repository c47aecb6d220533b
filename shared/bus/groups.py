"""Marking a consumer group new: offset 0 on every partition it has none for. Only `careloop topics` does this."""

from collections.abc import Iterable

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from shared.bus.clients import lookup
from shared.bus.topics import TopicTrouble
from shared.settings import Kafka


async def mark_new(kafka: Kafka, group: str, partitions: Iterable[TopicPartition]) -> int:
    """Commit the beginning where the group has no offset; returns for how many partitions."""
    consumer = lookup(kafka, group)
    await consumer.start()
    try:
        tps = list(partitions)
        consumer.assign(tps)
        new = [tp for tp in tps if await consumer.committed(tp) is None]
        if new:
            try:
                await consumer.commit(await consumer.beginning_offsets(new))
            except CommitFailedError as error:  # Kafka takes such a commit only for a group without members
                raise TopicTrouble(f"{group} is running, so it cannot be marked new: stop it and repeat") from error
        return len(new)
    finally:
        await consumer.stop()
