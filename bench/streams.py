"""The hot paths alone: a decider, a projector and a processor over a topic filled beforehand, beside bare loops."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import TopicPartition
from pymongo import UpdateOne

from bench.measure import Measure
from deploy.operating.topics import prepare
from shared import mongo
from shared.bus.clients import groupless_consumer, lookup, producer
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.envelope import Envelope, parse
from shared.host.deps import build
from shared.settings import Settings
from shared.testing import envelope
from tests.support.counter import AT, SERVICE, Count, Counted, running

COMMANDS, EVENTS = (TopicPartition(topic_name("counter", kind), 0) for kind in ("commands", "events"))
AGGREGATES = 2000
BATCH = 2000
TRACE = [("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]


async def fill(settings: Settings, tp: TopicPartition, count: int, aggregates: int = AGGREGATES) -> None:
    """`count` commands or events for so many aggregates on one partition."""
    async with build(SERVICE, settings, _fatal) as deps:
        names, run = [f"{uuid4().hex}" for _ in range(aggregates)], uuid4().hex
        for start in range(0, count, 5000):
            numbers = range(start, min(start + 5000, count))
            made: list[Envelope[Any]] = [_message(tp, names, run, number) for number in numbers]
            values = await deps.codec.encode(made)
            outs = [[Out(one.key, value, TRACE)] for one, value in zip(made, values, strict=True)]
            await send_groups(deps.producer, tp.topic, tp.partition, outs)


def _message(tp: TopicPartition, names: list[str], run: str, number: int) -> Envelope[Any]:
    name, turn = names[number % len(names)], number // len(names) + 1
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
        return (await passed(consumer, [tp], end))[0] - began
    finally:
        await consumer.stop()


async def passed(group: Any, tps: list[TopicPartition], goal: float) -> tuple[float, int]:
    """Wait until a group's committed offsets add up to `goal`; returns when, and their sum."""
    while (done := sum([await group.committed(tp) or 0 for tp in tps])) < goal:
        await asyncio.sleep(0.02)
    return time.monotonic(), done


async def end_of(settings: Settings, tp: TopicPartition) -> int:
    """The end of a partition."""
    consumer = groupless_consumer(settings.kafka)
    await consumer.start()
    try:
        return int((await consumer.end_offsets([tp]))[tp])
    finally:
        await consumer.stop()


async def _ours(settings: Settings, role: str, tp: TopicPartition, count: int) -> float:
    """Records a second that a role of the counter takes from its topic, `count` of them and what stood there before."""
    await prepare([SERVICE], settings)
    before = await end_of(settings, tp)
    await fill(settings, tp, count)
    end = await end_of(settings, tp)
    async with running(settings, role, asks=False):
        return (before + count) / await until(settings, f"counter.{role}", tp, end)


async def _bare(settings: Settings, tp: TopicPartition, count: int, handle: Callable[[Any], Awaitable[None]]) -> float:
    """Seconds a bare consumer needs for the last `count` offsets, a batch at a time to `handle`."""
    end = await end_of(settings, tp)
    consumer = groupless_consumer(settings.kafka)
    await consumer.start()
    consumer.assign([tp])
    consumer.seek(tp, end - count)
    began = time.monotonic()
    while await consumer.position(tp) < end:
        for records in (await consumer.getmany(timeout_ms=200, max_records=BATCH)).values():
            await handle(records)
    seconds = time.monotonic() - began
    await consumer.stop()
    return seconds


async def decider(settings: Settings, count: int) -> Measure:
    """Commands a second through the whole decider: decode, decide, outcomes, checkpoints, one transaction a batch."""
    ours, bare = await _ours(settings, "decider", COMMANDS, count), await _bare_decider(settings, count)
    return Measure("decider", "decider", ours, "commands/s", count / bare, "aiokafka loop, same writes")


async def _bare_decider(settings: Settings, count: int) -> float:
    """Parse, write an event and an outcome of the same size, commit in the transaction; no rules, no state."""
    group, kafka = f"bare-{uuid4().hex}", settings.kafka
    writer = producer(kafka, group)
    await writer.start()

    async def write(records: Any) -> None:
        outs = [[Out(r.key.decode(), orjson.dumps(orjson.loads(r.value)))] for r in records]
        async with writer.transaction() if kafka.transactions else nullcontext():
            for kind in ("dlq", "outcomes"):  # as large as events and outcomes; nobody here reads them
                await send_groups(writer, topic_name("counter", kind), 0, outs)
            if kafka.transactions:
                await writer.send_offsets_to_transaction({COMMANDS: records[-1].offset + 1}, group)

    seconds = await _bare(settings, COMMANDS, count, write)
    await writer.stop()
    return seconds


async def projector(settings: Settings, count: int) -> Measure:
    """Events a second into documents, a MongoDB transaction with its position a batch."""
    ours, bare = await _ours(settings, "projector", EVENTS, count), await _bare_projector(settings, count)
    return Measure("projector", "projector", ours, "events/s", count / bare, "bulk_write of $inc upserts")


async def _bare_projector(settings: Settings, count: int) -> float:
    async with mongo.connected(settings.mongo.url) as client:
        target = client["bench"][uuid4().hex]

        async def add(records: Any) -> None:
            keys = [orjson.loads(record.value)["subject"] for record in records]
            adding = [UpdateOne({"_id": key}, {"$inc": {"total": 1}}, upsert=True) for key in keys]
            await target.bulk_write(adding, ordered=False)

        seconds = await _bare(settings, EVENTS, count, add)
        await client.drop_database("bench")
    return seconds


async def processor(settings: Settings, count: int) -> Measure:
    """Events a second through the Faust agent that keeps timers; a fifth of `count`, since it is the slowest."""
    await prepare([SERVICE], settings)
    wanted = count // 5
    if await end_of(settings, EVENTS) < wanted:
        await fill(settings, EVENTS, wanted)
    async with running(settings, "processor", asks=False) as it:
        group, place = it.deps.probes["processor"], (EVENTS.topic, EVENTS.partition)
        began, first = time.monotonic(), _position(group(), place)
        while _position(group(), place) - first < wanted * 0.9:
            await asyncio.sleep(0.05)
        ours = (_position(group(), place) - first) / (time.monotonic() - began)

    async def read(records: Any) -> None:
        for record in records:
            parse(record.value, record.headers)

    bare = wanted / await _bare(settings, EVENTS, wanted, read)
    return Measure("processor", "processor (Faust)", ours, "events/s", bare, "aiokafka consume and parse")


def _position(probe: dict[str, Any], place: tuple[str, int]) -> int:
    return next((offset for topic, number, offset in probe["positions"] if (topic, number) == place), 0)
