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
    async with running(parts, "decider", "projector") as it:
        id = uuid4().hex
        accepted = await it.ask(id, 2, counter)
        assert await it.ask(id, 2, counter) == accepted
        refused = await it.ask(uuid4().hex, -1, counter)
        assert (accepted.status, accepted.aggregate, len(accepted.event_ids)) == ("accepted", counter, 1)
        assert list(accepted.position) == [f"careloop.counter.events.v1-{partition_of(counter, 2)}"]
        assert (refused.status, refused.slug) == ("rejected", "negative")
        await it.rest()
        assert await it.total(counter) == 2


async def test_a_restart_knows_what_was_decided_and_shown(parts: Settings) -> None:
    counter, id = uuid4().hex, uuid4().hex
    async with running(parts, "decider", "projector") as it:
        first = await it.ask(id, 5, counter)
        await it.rest()
    async with running(parts, "decider", "projector") as it:
        again = await it.ask(id, 5, counter)
        assert again.event_ids == first.event_ids
        await it.ask(uuid4().hex, 1, counter)
        await it.rest()
        assert await it.total(counter) == 6


async def test_a_poison_command_stops_nobody_and_is_kept(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as it:
        outcomes = await asyncio.gather(*(it.ask(uuid4().hex, by, counter) for by in (1, 13, 1)))
        assert sorted(outcome.status for outcome in outcomes) == ["accepted", "accepted", "failed"]
        await it.rest()
        assert await it.total(counter) == 2
        found = await letters(parts, [SERVICE])
        assert any(letter.reason == "rule-failed" for _, letter in found.values())


async def test_an_unreadable_command_is_kept_with_its_bytes(parts: Settings) -> None:
    async with running(parts, "decider") as it:
        garbage = f"garbage {uuid4()}".encode()
        topic = "careloop.counter.commands.v1"
        await send_groups(it.deps.producer, topic, 0, [[Out("k", garbage)]])
        await it.rest()
        found = [letter for _, letter in (await letters(parts, [SERVICE])).values() if letter.reason == "unreadable"]
        assert garbage in [await original_of(letter, it.deps.ring) for letter in found]


async def test_a_foreign_record_among_the_outcomes_stops_nobody_who_waits(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider") as it:
        for garbage in (b"MSH|", b"[]", b"{}"):
            topic = topic_name("counter", "outcomes")
            await send_groups(it.deps.producer, topic, partition_of(counter, 2), [[Out("k", garbage)]])
        assert (await it.ask(uuid4().hex, 1, counter)).status == "accepted"
        assert it.failures == []


async def test_a_forgotten_letter_keeps_its_reason_and_loses_its_bytes(parts: Settings) -> None:
    async with running(parts, "decider") as it:
        garbage = f"garbage {uuid4()}".encode()
        await send_groups(it.deps.producer, "careloop.counter.commands.v1", 0, [[Out("k", garbage)]])
        await it.rest()
        found = [letter for _, letter in (await letters(parts, [SERVICE])).values()]
        [mine] = [one for one in found if await original_of(one, it.deps.ring) == garbage]
        assert mine.id in await readable_letters(found, it.deps.ring)
        assert await forget(mine, it.deps.ring) == 1
        assert await original_of(mine, it.deps.ring) is None
        assert mine.id not in await readable_letters(found, it.deps.ring)


async def test_a_projector_goes_by_mongodbs_position_not_by_the_groups(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as it:
        await it.ask(uuid4().hex, 7, counter)
        await it.rest()
    group = lookup(parts.kafka, "counter.projector")
    await group.start()
    tp = TopicPartition("careloop.counter.events.v1", partition_of(counter, 2))
    group.assign([tp])
    await group.commit({tp: 0})
    await group.stop()
    async with running(parts, "projector") as it:
        await it.rest()
        assert await it.total(counter) == 7


async def test_who_waits_for_a_new_assignment_is_not_ready(parts: Settings) -> None:
    """Nothing assigned means nothing behind: a rebalance must not look like rest."""
    async with running(parts, "projector") as it:
        loop = it.deps.loops["counter.projector"]
        mine = set(loop.next)
        await loop.on_partitions_revoked(mine)
        assert not loop.ready
        await loop.on_partitions_assigned(mine)
        await it.rest()
        assert set(loop.next) == mine


async def test_a_group_without_offsets_stops_with_a_sentence(parts: Settings) -> None:
    stranger = replace(SERVICE, name="stranger", deciders=(replace(SERVICE.deciders[0], name="stranger"),))
    async with running(parts, "decider", service=stranger, mark=False) as it:
        assert isinstance(it.failures[0], OffsetsVanished)
        assert "careloop topics" in str(it.failures[0])
