"""Decider and projector on a real broker and a real database."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from aiokafka import TopicPartition

from deploy.operating.dlq import forget, letters, readable_letters
from shared.bus.clients import lookup, partition_of
from shared.bus.group import OffsetsVanished
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.deadletter import original_of
from shared.settings import Settings
from tests.support.counter import SERVICE, running

pytestmark = pytest.mark.wiring


async def test_commands_become_events_outcomes_and_a_read_model(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:
        id = uuid4().hex
        accepted = await worker.ask(id, 2, counter)
        assert await worker.ask(id, 2, counter) == accepted
        refused = await worker.ask(uuid4().hex, -1, counter)
        assert (accepted.status, accepted.aggregate, len(accepted.event_ids)) == ("accepted", counter, 1)
        assert list(accepted.position) == [f"careloop.counter.events.v1-{partition_of(counter, 2)}"]
        assert (refused.status, refused.slug) == ("rejected", "negative")
        await worker.rest()
        assert await worker.total(counter) == 2


async def test_a_restart_knows_what_was_decided_and_shown(parts: Settings) -> None:
    counter, id = uuid4().hex, uuid4().hex
    async with running(parts, "decider", "projector") as worker:
        first = await worker.ask(id, 5, counter)
        await worker.rest()
    async with running(parts, "decider", "projector") as worker:
        again = await worker.ask(id, 5, counter)
        assert again.event_ids == first.event_ids
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        assert await worker.total(counter) == 6


async def test_a_poison_command_stops_nobody_and_is_kept(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:
        outcomes = await asyncio.gather(*(worker.ask(uuid4().hex, by, counter) for by in (1, 13, 1)))
        assert sorted(outcome.status for outcome in outcomes) == ["accepted", "accepted", "failed"]
        await worker.rest()
        assert await worker.total(counter) == 2
        kept = await letters(parts, [SERVICE])
        assert any(letter.reason == "rule-failed" for _, letter in kept.values())


async def test_an_unreadable_command_is_kept_with_its_bytes(parts: Settings) -> None:
    async with running(parts, "decider") as worker:
        garbage = f"garbage {uuid4()}".encode()
        topic = "careloop.counter.commands.v1"
        await send_groups(worker.deps.producer, topic, 0, [[Out("k", garbage)]])
        await worker.rest()
        kept = [letter for _, letter in (await letters(parts, [SERVICE])).values() if letter.reason == "unreadable"]
        assert garbage in [await original_of(letter, worker.deps.ring) for letter in kept]


async def test_a_foreign_record_among_the_outcomes_stops_nobody_who_waits(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider") as worker:
        for garbage in (b"MSH|", b"[]", b"{}"):
            topic = topic_name("counter", "outcomes")
            await send_groups(worker.deps.producer, topic, partition_of(counter, 2), [[Out("k", garbage)]])
        assert (await worker.ask(uuid4().hex, 1, counter)).status == "accepted"
        assert worker.failures == []


async def test_a_forgotten_letter_keeps_its_reason_and_loses_its_bytes(parts: Settings) -> None:
    async with running(parts, "decider") as worker:
        garbage = f"garbage {uuid4()}".encode()
        await send_groups(worker.deps.producer, "careloop.counter.commands.v1", 0, [[Out("k", garbage)]])
        await worker.rest()
        kept = [letter for _, letter in (await letters(parts, [SERVICE])).values()]
        [mine] = [one for one in kept if await original_of(one, worker.deps.ring) == garbage]
        assert mine.id in await readable_letters(kept, worker.deps.ring)
        assert await forget(mine, worker.deps.ring) == 1
        assert await original_of(mine, worker.deps.ring) is None
        assert mine.id not in await readable_letters(kept, worker.deps.ring)


async def test_a_projector_goes_by_mongodbs_position_not_by_the_groups(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 7, counter)
        await worker.rest()
    group = lookup(parts.kafka, "counter.projector")
    await group.start()
    tp = TopicPartition("careloop.counter.events.v1", partition_of(counter, 2))
    group.assign([tp])
    await group.commit({tp: 0})
    await group.stop()
    async with running(parts, "projector") as worker:
        await worker.rest()
        assert await worker.total(counter) == 7


async def test_who_waits_for_a_new_assignment_is_not_ready(parts: Settings) -> None:
    """Nothing assigned means nothing behind: a rebalance must not look like rest."""
    async with running(parts, "projector") as worker:
        loop = worker.deps.loops["counter.projector"]
        mine = set(loop.next)
        await loop.on_partitions_revoked(mine)
        assert not loop.ready
        await loop.on_partitions_assigned(mine)
        await worker.rest()
        assert set(loop.next) == mine


async def test_a_group_without_offsets_stops_with_a_sentence(parts: Settings) -> None:
    stranger = replace(SERVICE, name="stranger", deciders=(replace(SERVICE.deciders[0], name="stranger"),))
    async with running(parts, "decider", service=stranger, mark=False) as worker:
        assert isinstance(worker.failures[0], OffsetsVanished)
        assert "careloop topics" in str(worker.failures[0])
