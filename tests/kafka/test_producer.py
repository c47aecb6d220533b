"""One producer serves a whole process: what is refused must not stop what comes after it."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError, MessageSizeTooLargeError, ProducerFenced
from aiokafka.producer.sender import EndTxnHandler

from shared.bus.clients import admin, producer, started
from shared.bus.consuming import read_to_end
from shared.bus.producer import Producer, RecordTooLarge
from shared.bus.topics import Topic, create
from shared.bus.writing import Out, send_groups
from shared.settings import Settings


async def topic(parts: Settings, most: int | None = None) -> str:
    """A topic that takes at most so many bytes at once."""
    name = f"careloop.produced-{uuid4().hex[:8]}.events.v1"
    async with admin(parts.kafka) as client:
        await create(client, [Topic(name, {"max.message.bytes": str(most)} if most else {}, 2)], parts.kafka)
    return name


async def written(parts: Settings, name: str) -> list[str]:
    """The keys of the records on the topic."""
    tps = [TopicPartition(name, number) for number in range(2)]
    return sorted([r.key.decode() async for records in read_to_end(parts.kafka, tps) for r in records])


async def test_a_record_no_broker_takes_is_named_and_never_sent(parts: Settings) -> None:
    name, writer = await topic(parts), producer(parts.kafka)
    await writer.start()
    with pytest.raises(RecordTooLarge, match=rf"2000\d\d\d bytes is more than the 1048588 that {name} takes"):
        await send_groups(writer, name, 0, [[Out("large", b"x" * 2_000_000)]])
    await send_groups(writer, name, 0, [[Out("small", b"{}")]])
    await writer.stop()
    assert await written(parts, name) == ["small"]


async def test_after_a_record_the_broker_refused_the_next_ones_are_written(parts: Settings) -> None:
    """The broker's own limit is lower than the code knows, as where somebody has changed it."""
    name, writer = await topic(parts, most=2000), producer(parts.kafka)
    await writer.start()
    await send_groups(writer, name, 0, [[Out("before", b"{}")]])
    with pytest.raises(MessageSizeTooLargeError):
        await send_groups(writer, name, 0, [[Out("large", b"x" * 5000)]])
    await asyncio.gather(*(send_groups(writer, name, n % 2, [[Out(f"after{n}", b"{}")]]) for n in range(8)))
    await writer.stop()
    assert await written(parts, name) == [*(f"after{n}" for n in range(8)), "before"]


async def test_what_was_on_its_way_with_a_refused_record_is_answered_one_way_or_the_other(parts: Settings) -> None:
    name, writer = await topic(parts, most=2000), producer(parts.kafka)
    await writer.start()

    async def put(key: str, size: int) -> str:
        try:
            await send_groups(writer, name, 0, [[Out(key, b"x" * size)]])
        except KafkaError:
            return ""
        return key

    acknowledged = await asyncio.gather(*(put(f"r{n}", 5000 if n % 5 == 0 else 10) for n in range(20)))
    assert await put("last", 10) == "last"
    await writer.stop()
    assert await written(parts, name) == sorted({*acknowledged, "last"} - {""}), (
        "what was told as written is, and no more"
    )


async def test_a_refused_record_ends_a_transaction_and_its_producer_is_not_replaced(parts: Settings) -> None:
    name, writer = await topic(parts, most=2000), producer(parts.kafka, f"id-{uuid4().hex}")
    await writer.start()
    former_producer = writer._producer

    async def transact() -> None:
        async with writer.transaction():
            await send_groups(writer, name, 0, [[Out("lost", b"{}")]])
            await send_groups(writer, name, 0, [[Out("large", b"x" * 5000)]])

    with pytest.raises(KafkaError):
        await transact()
    with pytest.raises(IllegalOperation):
        await send_groups(writer, name, 0, [[Out("next", b"{}")]])
    assert writer._producer is former_producer
    await writer.stop()
    assert await written(parts, name) == []


async def test_a_commit_that_meets_its_successor_is_fenced_also_where_the_broker_stumbles(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in 700 such meetings on Kafka 4.1: the broker's IllegalStateException reaches the client as code -1."""
    name, id = await topic(parts), f"id-{uuid4().hex}"
    handle = EndTxnHandler.handle_response

    def stumbling(self: EndTxnHandler, answer: Any) -> Any:
        return handle(self, SimpleNamespace(error_code=-1))

    async def overtaken(writer: Producer) -> None:
        async with writer.transaction():
            await send_groups(writer, name, 0, [[Out("late", b"{}")]])
            async with started(producer(parts.kafka, id)):
                monkeypatch.setattr(EndTxnHandler, "handle_response", stumbling)

    async with started(producer(parts.kafka, id)) as writer:
        with pytest.raises(ProducerFenced):
            await overtaken(writer)
    assert await written(parts, name) == []
