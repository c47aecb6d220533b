"""What only a broker with transactions shows: aborted records, markers, fencing, checkpoints."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ProducerFenced

from shared.actor import system
from shared.bus.clients import groupless_consumer, lookup, partition_of, producer, started
from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.decider import runtime, saving
from shared.decider.mark import MARK
from shared.decider.rhythm import Rhythm
from shared.decider.runtime import DeciderPartition
from shared.host.deps import Deps
from shared.processor.app import TimerAgent
from shared.settings import Settings
from shared.testing import envelope
from tests.support.counter import AT, SERVICE, Count, Counted, Running, TimerSet, in_partition, named, running
from tests.support.eventually import eventually

EVENTS = topic_name("counter", "events")


async def aborted(deps: Deps, counter: str, number: int) -> None:
    """Events as a decider would write them, in a transaction that is given up."""
    lost = [Counted(at=AT, counter=counter, by=1000) for _ in range(number)]
    timer = TimerSet(at=AT, counter=counter, timer_id=f"lost-{counter}", version=1, due=AT, command="none")
    envelopes = [envelope(event, at + 1) for at, event in enumerate([*lost, timer])]
    writer = producer(deps.settings.kafka, f"abort-{uuid4().hex}")
    await writer.start()
    await writer.begin_transaction()
    values = await deps.codec.encode(envelopes)
    await send_groups(writer, EVENTS, partition_of(counter, 2), [[Out(counter, value)] for value in values])
    await writer.abort_transaction()
    await writer.stop()


@pytest.fixture
def counters_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The key of every event that Faust handles, appended as it is handled."""
    keys: list[str] = []
    handle = TimerAgent._handle

    async def spying(self: TimerAgent, event: Any) -> None:
        if event.message.topic == EVENTS:
            keys.append(event.message.key.decode())
        await handle(self, event)

    monkeypatch.setattr(TimerAgent, "_handle", spying)
    return keys


async def test_nobody_sees_what_a_transaction_took_back(parts: Settings, counters_read: list[str]) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector", "processor") as worker:
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        before = worker.deps.probes["processor"]()["timers"]
        await aborted(worker.deps, counter, 50)
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        assert await worker.total(counter) == 2
        assert worker.deps.probes["processor"]()["timers"] == before
    assert counters_read.count(counter) == 2
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        assert await worker.total(counter) == 3


async def test_a_restarted_processor_reads_nothing_twice_after_many_transactions(
    parts: Settings, counters_read: list[str]
) -> None:
    counter = uuid4().hex
    for count in (300, 1):
        async with running(parts, "decider", "processor") as worker:
            for _ in range(count):  # one transaction each
                await worker.ask(uuid4().hex, 1, counter)
            await worker.rest()
            await eventually(lambda: uncommitted(worker), lambda offsets: offsets == 0)
    assert counters_read.count(counter) == 301


async def uncommitted(worker: Running) -> int:
    """Offsets of events that Faust has not committed yet: it commits now and then what it has read."""
    kafka = worker.deps.settings.kafka
    async with started(lookup(kafka, "counter.processor")) as group:
        tps = [TopicPartition(EVENTS, number) for number in range(kafka.partitions)]
        return await worker.deps.lag.of({tp: await group.committed(tp) or 0 for tp in tps})


async def test_a_checkpoint_holds_what_was_replayed_before_it(parts: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first counter's events are in no checkpoint yet when the second's make one: it must hold both."""
    one, other = one_partition()
    async with running(parts, "decider", "projector") as worker:
        await worker.ask("a1" + one, 1, one)
        await worker.ask("a2" + one, 1, one)
    monkeypatch.setattr(runtime, "Rhythm", lambda: Rhythm(0.0))  # from now on one with every batch
    for turn in range(2):
        async with running(parts, "decider", "projector") as worker:
            await worker.ask(f"b{turn}" + other, 1, other)
    async with running(parts, "decider", "projector") as worker:
        again = await worker.ask("a2" + one, 1, one)
        assert (again.status, len(again.event_ids)) == ("accepted", 1)
        await worker.ask("a3" + one, 1, one)
        await worker.rest()
        assert (await worker.total(one), await worker.total(other)) == (3, 2)
    assert await sequences(parts, one) == [1, 2, 3]


async def test_a_checkpoint_whose_mark_vanished_is_replayed_not_believed(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = one_partition()
    monkeypatch.setattr(runtime, "Rhythm", lambda: Rhythm(0.0))
    async with running(parts, "decider") as worker:
        await worker.ask("c1" + one, 1, one)
        partition = partition_of(one, 2)
        mark = Out(f"{MARK}-{partition}", None)
        await send_groups(worker.deps.producer, topic_name("counter", "state"), partition, [[mark]])
    async with running(parts, "decider", "projector") as worker:
        again = await worker.ask("c1" + one, 1, one)
        assert (again.status, len(again.event_ids)) == ("accepted", 1)
        await worker.ask("c2" + one, 1, one)
        await worker.rest()
        assert await worker.total(one) == 2
    assert await sequences(parts, one) == [1, 2]


async def test_the_first_checkpoint_of_a_new_state_version_is_many_small_transactions(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two aggregates each: a marker, which takes an offset, follows every transaction; the last holds the mark too."""
    service, count, most = named(f"s{uuid4().hex[:8]}"), 9, 2
    async with running(parts, "decider", service=service) as worker:
        for number in range(count):
            await worker.ask(f"d{number}", 1, in_partition(0, 2))
    before = {record.offset for record in await checkpoints(parts, service.name)}
    monkeypatch.setattr(saving, "SLICE", 1)
    for module in (runtime, saving):
        monkeypatch.setattr(module, "MAX_RECORDS", most)
    newer = replace(service, deciders=(replace(service.deciders[0], state_version=2),))
    async with running(parts, "decider", service=newer):
        written = [record for record in await checkpoints(parts, service.name) if record.offset not in before]
    together = 1 + sum(later.offset - record.offset > 1 for record, later in pairwise(written))
    assert (len(written), together) == (count + 1, -(-count // most))
    assert written[-1].key.decode() == f"{MARK}-0"


async def checkpoints(parts: Settings, service: str) -> list[Any]:
    """What stands on the first partition of a service's state topic."""
    state = TopicPartition(topic_name(service, "state"), 0)
    return [record async for records in read_to_end(parts.kafka, [state]) for record in records]


def one_partition() -> tuple[str, str]:
    """Two counters that share a partition."""
    return in_partition(0, 2), in_partition(0, 2)


async def sequences(parts: Settings, counter: str) -> list[int]:
    """The sequence numbers of a counter's events in the log."""
    numbers = []
    async for records in read_to_end(parts.kafka, [TopicPartition(EVENTS, partition_of(counter, 2))]):
        numbers += [orjson.loads(r.value)["sequence"] for r in records if r.key.decode() == counter]
    return numbers


async def test_a_zombie_is_fenced_and_writes_nothing(parts: Settings, pair: list[DeciderPartition]) -> None:
    zombie, heir = pair
    counter = in_partition(0, 2)
    await zombie.open(0)
    await heir.open(0)
    record = await a_command(parts, counter)
    with pytest.raises(ProducerFenced):
        await zombie.work([record])
    await heir.work([record])
    assert await sequences(parts, counter) == [1]


@pytest.fixture
async def pair(parts: Settings) -> AsyncIterator[list[DeciderPartition]]:
    """Two handlers of the same partition, as in two processes."""
    async with running(parts, "projector") as worker:
        deps = worker.deps
        tp = TopicPartition(topic_name("counter", "commands"), 0)
        handlers = [
            DeciderPartition(
                SERVICE.deciders[0],
                tp,
                deps.settings,
                deps.codec,
                deps.ring,
                deps.clock,
                lambda: deps.definitions.snapshot,
                "counter.decider",
            )
            for _ in range(2)
        ]
        yield handlers
        for handler in handlers:
            await handler.close()


async def a_command(parts: Settings, counter: str) -> Any:
    """A command's record as it stands on the topic; no decider runs meanwhile."""
    async with running(parts) as worker:
        sent = worker.deps.sender.envelope(
            "counter", Count(id=uuid4().hex, at=AT, counter=counter, by=1), actor=system("test")
        )
        await worker.deps.sender.send("counter", [(sent, [])])
        tp = TopicPartition(topic_name("counter", "commands"), 0)
        async for records in read_to_end(parts.kafka, [tp]):
            of_counter = [record for record in records if record.key.decode() == counter]
        return of_counter[-1]


async def test_nothing_lags_where_only_markers_follow(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        await aborted(worker.deps, counter, 3)
        tp = TopicPartition(EVENTS, partition_of(counter, 2))
        ends = groupless_consumer(parts.kafka)
        await ends.start()
        end = (await ends.end_offsets([tp]))[tp]
        await ends.stop()
        last = max([r.offset async for batch in read_to_end(parts.kafka, [tp]) for r in batch])
        assert last + 1 < end
        assert await worker.deps.lag.of({tp: last + 1}) == 0
        assert await worker.deps.lag.of({tp: last}) > 0
