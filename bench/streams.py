"""The hot paths alone: a decider, a projector and a processor over a topic filled beforehand, beside bare loops."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import TopicPartition
from pymongo import UpdateOne

from bench.measure import Measure
from deploy.topics import prepare
from shared import mongo
from shared.bus.clients import group_consumer, lookup, producer, reader
from shared.bus.groups import mark_new
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.codec import Codec
from shared.envelope import Envelope
from shared.host.deps import build
from shared.settings import Settings
from shared.testing import envelope
from tests.support.counter import AT, SERVICE, Count, Counted, running

COMMANDS, EVENTS = (TopicPartition(topic_name("counter", kind), 0) for kind in ("commands", "events"))
AGGREGATES = 2000
BATCH = 2000


async def fill(settings: Settings, tp: TopicPartition, count: int) -> None:
    """`count` commands or events for 2,000 aggregates on one partition."""
    async with build(SERVICE, settings, _fatal) as deps:
        names, run = [f"{uuid4().hex}" for _ in range(AGGREGATES)], uuid4().hex
        for start in range(0, count, 5000):
            numbers = range(start, min(start + 5000, count))
            made: list[Envelope[Any]] = [_message(tp, names, run, number) for number in numbers]
            values = await deps.codec.encode(made)
            outs = [[Out(one.key, value)] for one, value in zip(made, values, strict=True)]
            await send_groups(deps.producer, tp.topic, tp.partition, outs)


def _message(tp: TopicPartition, names: list[str], run: str, number: int) -> Envelope[Any]:
    name, turn = names[number % AGGREGATES], number // AGGREGATES + 1
    if tp == EVENTS:
        return envelope(Counted(at=AT, counter=name, by=1), turn)
    command = Count(id=f"{run}-{number}", at=AT, counter=name, by=1)
    return Envelope(command, command.id, "/bench", AT, AT, command.id, command.id)


def _fatal(error: BaseException) -> None:
    raise error


async def until(settings: Settings, group: str, tp: TopicPartition, end: int) -> float:
    """Seconds until the group's committed offset has reached `end`."""
    began = time.monotonic()
    consumer = lookup(settings.kafka, group)
    await consumer.start()
    try:
        while (await consumer.committed(tp) or 0) < end:
            await asyncio.sleep(0.02)
        return time.monotonic() - began
    finally:
        await consumer.stop()


async def end_of(settings: Settings, tp: TopicPartition) -> int:
    """The end of a partition."""
    consumer = reader(settings.kafka)
    await consumer.start()
    try:
        return int((await consumer.end_offsets([tp]))[tp])
    finally:
        await consumer.stop()


async def decider(settings: Settings, count: int) -> Measure:
    """Commands a second through the whole decider: decode, decide, outcomes, checkpoints, one transaction a batch."""
    await prepare([SERVICE], settings)
    await fill(settings, COMMANDS, count)
    end = await end_of(settings, COMMANDS)
    async with running(settings, "decider"):
        seconds = await until(settings, "counter.decider", COMMANDS, end)
    bare = await _bare_decider(settings, count)
    return Measure("decider", "decider", count / seconds, "commands/s", count / bare, "aiokafka loop, same writes")


async def _bare_decider(settings: Settings, count: int) -> float:
    """Consume, parse, write an event and an outcome of the same size, commit in the transaction; no rules, no state."""
    group = f"bare-{uuid4().hex}"
    await mark_new(settings.kafka, group, [COMMANDS])
    end = await end_of(settings, COMMANDS)
    consumer, writer = group_consumer(settings.kafka, group), producer(settings.kafka, group)
    consumer.assign([COMMANDS])
    await consumer.start()
    await writer.start()
    consumer.seek(COMMANDS, end - count if not settings.kafka.transactions else 0)
    began, read = time.monotonic(), 0
    while read < count:
        for records in (await consumer.getmany(timeout_ms=200, max_records=BATCH)).values():
            read += len(records)
            outs = [[Out(r.key.decode(), orjson.dumps(orjson.loads(r.value)))] for r in records]
            await _bare_write(writer, settings, outs, records[-1].offset + 1, group)
    seconds = time.monotonic() - began
    await consumer.stop()
    await writer.stop()
    return seconds


async def _bare_write(writer: Any, settings: Settings, outs: list[list[Out]], offset: int, group: str) -> None:
    topics = (topic_name("counter", "ticks"), topic_name("counter", "outcomes"))
    if not settings.kafka.transactions:
        for topic in topics:
            await send_groups(writer, topic, 0, outs)
        return
    async with writer.transaction():
        for topic in topics:
            await send_groups(writer, topic, 0, outs)
        await writer.send_offsets_to_transaction({COMMANDS: offset}, group)


async def projector(settings: Settings, count: int) -> Measure:
    """Events a second into documents, a MongoDB transaction with its position a batch."""
    await prepare([SERVICE], settings)
    await fill(settings, EVENTS, count)
    end = await end_of(settings, EVENTS)
    async with running(settings, "projector"):
        seconds = await until(settings, "counter.projector", EVENTS, end)
    bare = await _bare_projector(settings, count)
    return Measure("projector", "projector", count / seconds, "events/s", count / bare, "bulk_write of $inc upserts")


async def _bare_projector(settings: Settings, count: int) -> float:
    consumer = reader(settings.kafka)
    await consumer.start()
    consumer.assign([EVENTS])
    async with mongo.connected(settings.mongo.url) as client:
        target = client["bench"][uuid4().hex]
        consumer.seek(EVENTS, 0)
        began, read = time.monotonic(), 0
        while read < count:
            for records in (await consumer.getmany(timeout_ms=200, max_records=BATCH)).values():
                raws = [orjson.loads(record.value) for record in records]
                adding = [UpdateOne({"_id": raw["subject"]}, {"$inc": {"total": 1}}, upsert=True) for raw in raws]
                await target.bulk_write(adding, ordered=False)
                read += len(records)
        seconds = time.monotonic() - began
        await client.drop_database("bench")
    await consumer.stop()
    return seconds


async def processor(settings: Settings, count: int) -> Measure:
    """Events a second through the Faust agent that keeps timers."""
    await prepare([SERVICE], settings)
    if await end_of(settings, EVENTS) < count:
        await fill(settings, EVENTS, count)
    end = await end_of(settings, EVENTS)
    async with running(settings, "processor") as it:
        began = time.monotonic()
        await it.rest()
        seconds = time.monotonic() - began
    bare = await _bare_consumer(settings, end)
    return Measure(
        "processor", "processor (Faust)", end / seconds, "events/s", end / bare, "aiokafka consume and parse"
    )


async def _bare_consumer(settings: Settings, count: int) -> float:
    consumer = reader(settings.kafka)
    await consumer.start()
    consumer.assign([EVENTS])
    consumer.seek(EVENTS, 0)
    codec, began = Codec(None), time.monotonic()  # type: ignore[arg-type]
    while await consumer.position(EVENTS) < count:
        for records in (await consumer.getmany(timeout_ms=200, max_records=BATCH)).values():
            for record in records:
                codec._parse(record)
    seconds = time.monotonic() - began
    await consumer.stop()
    return seconds
