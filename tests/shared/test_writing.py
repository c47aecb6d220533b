"""Groups of records: in order, whole, and nothing after what failed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError

from shared.bus.clients import MEBI
from shared.bus.writing import Out, send_groups

LARGE = [[Out("k", b"x" * 400_000)] for _ in range(6)]


class Broker:
    """What batches meet: `fails` is the number of the batch that gets no answer. The batches are aiokafka's."""

    def __init__(self, client: AIOKafkaProducer, fails: int | None = None) -> None:
        self.create_batch, self.fails, self.counts = client.create_batch, fails, list[int]()

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        answer = asyncio.get_running_loop().create_future()
        if len(self.counts) == self.fails:
            answer.set_exception(KafkaTimeoutError())
        else:
            answer.set_result(Answer(sum(self.counts)))
        self.counts.append(batch.record_count())
        return answer


class Answer:
    def __init__(self, offset: int) -> None:
        self.offset = offset


@pytest.fixture
async def client() -> AsyncIterator[AIOKafkaProducer]:
    kafka_producer = AIOKafkaProducer(max_batch_size=MEBI)
    yield kafka_producer
    await kafka_producer.stop()


async def test_every_group_is_told_its_place(client: AIOKafkaProducer) -> None:
    broker: Any = Broker(client)
    pairs = [[*group, Out("k", b"y")] for group in LARGE]
    assert await send_groups(broker, "t", 0, pairs) == [0, 2, 4, 6, 8, 10]
    assert broker.counts == [4, 4, 4]


async def test_nothing_follows_a_batch_that_failed(client: AIOKafkaProducer) -> None:
    """Else a reader that trusts the order would take what is sent again for a redelivery."""
    broker: Any = Broker(client, fails=1)
    with pytest.raises(KafkaTimeoutError):
        await send_groups(broker, "t", 0, LARGE)
    assert broker.counts == [2, 2]
