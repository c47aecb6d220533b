"""Each record of a batch is read by its offset, though the embedded broker reports an end within the last batch."""

from uuid import uuid4

import pytest
from aiokafka import TopicPartition

from shared.bus import topics
from shared.bus.clients import admin, producer, started
from shared.bus.consuming import record_at
from shared.bus.topics import Topic
from shared.settings import Settings

pytestmark = pytest.mark.wiring


async def test_every_record_of_the_last_batch_is_read_by_its_offset(parts: Settings) -> None:
    tp = TopicPartition(f"careloop.counter.{uuid4().hex}", 0)
    async with admin(parts.kafka) as client:
        await topics.create(client, [Topic(tp.topic, {}, 1)], parts.kafka)
    async with started(producer(parts.kafka)) as writer:
        batch = writer.create_batch()
        for number in range(5):
            batch.append(key=b"k", value=b"%d" % number, timestamp=None)
        await (await writer.send_batch(batch, tp.topic, partition=0))
    records = [await record_at(parts.kafka, tp, offset) for offset in range(5)]
    assert [record and (record.offset, record.value) for record in records] == [(n, b"%d" % n) for n in range(5)]
