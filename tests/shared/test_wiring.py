"""Decider, projector and processor on a real broker and a real database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr

from deploy.dlq import forget, letters, readable_letters
from deploy.rebuild import CannotRebuild, Rebuild
from deploy.topics import prepare
from shared import ciphers
from shared.bus.clients import lookup, partition_of, producer
from shared.bus.group import OffsetsVanished
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.canary import OtherKeys
from shared.clock import SharedClock
from shared.codec import Codec
from shared.contracts.base import changed
from shared.deadletter import original_of
from shared.decider.partition import SequenceGap
from shared.host.deps import build, key_store
from shared.incarnation import OtherLog
from shared.keystore import LocalKeyStore, Wrapped
from shared.masters import Masters, WrongMasterKey
from shared.projector.generations import POSITIONS
from shared.rewrapping import rewrap
from shared.service import Service
from shared.settings import Settings
from shared.testing import envelope
from tests.support.counter import AT, SERVICE, TOTALS, Counted, Running, running
from tests.support.parts import embedded_parts

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


async def test_a_database_of_another_log_is_refused(parts: Settings) -> None:
    async with running(parts, "projector") as it:
        await it.rest()
        stamps = it.deps.database.raw[POSITIONS]
        before = await stamps.find_one({"_id": "incarnation"})
        await stamps.update_one({"_id": "incarnation"}, {"$set": {"log": "another"}})
    async with running(parts, "projector") as it:
        await it.deps.database.raw[POSITIONS].update_one({"_id": "incarnation"}, {"$set": {"log": before["log"]}})
        assert isinstance(it.failures[0], OtherLog)
        assert "was built from log another" in str(it.failures[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"site": SecretStr("33" * 32)}, "CARELOOP_KEYS__SITE"),
        ({"file": Path("other.sqlite")}, "another key store"),
        ({"master": SecretStr("44" * 32)}, "CARELOOP_KEYS__MASTER"),
    ],
)
async def test_keys_of_another_log_are_refused(parts: Settings, change: dict[str, Any], words: str) -> None:
    await prepare([SERVICE], parts)
    if "file" in change:
        change = {"file": parts.data_dir / "other.sqlite"}
    other = changed(parts, keys=changed(parts.keys, **change))
    for starting in (prepare([SERVICE], other), _start(other)):
        with pytest.raises((OtherKeys, WrongMasterKey), match=words):
            await starting


async def test_a_log_is_known_under_its_new_master_and_under_both_but_not_under_the_former_alone(
    parts: Settings,
) -> None:
    await prepare([SERVICE], parts)
    now, before = SecretStr("44" * 32), parts.keys.master
    both = changed(parts, keys=changed(parts.keys, master=now, former_masters=(before,)))
    for one, other in (
        (both, parts),
        (changed(parts, keys=changed(both.keys, former_masters=(now,), master=before)), both),
    ):
        async with build(SERVICE, one, _raised) as deps:
            assert await rewrap(key_store(one, deps.mongo), deps.ring.masters) > 0
        await _start(changed(one, keys=changed(one.keys, former_masters=())))
        with pytest.raises(WrongMasterKey, match="CARELOOP_KEYS__FORMER_MASTERS"):
            await _start(changed(other, keys=changed(other.keys, former_masters=())))


async def test_a_log_under_a_short_master_goes_on_and_never_goes_back_to_it(tmp_path: Path) -> None:
    """The way of an installation of before: both masters everywhere, in either order, until it was re-wrapped."""
    short, long = SecretStr("44" * 16), SecretStr("44" * 32)
    async with embedded_parts(tmp_path) as parts:
        await prepare([SERVICE], parts)
        store = LocalKeyStore(parts.keys.file)
        first = Masters(parts.keys.master_key, [bytes.fromhex(short.get_secret_value())])
        for id, wrapped in await store.outdated("", "", 100):  # as if the log had begun under the short one
            before = Wrapped(ciphers.wrap(bytes.fromhex(short.get_secret_value()), first.unwrap(wrapped)))
            assert await store.exchange([(id, wrapped, before)]) == 1
        old, back, both = (
            changed(parts, keys=changed(parts.keys, master=master, former_masters=former))
            for master, former in ((short, ()), (short, (long,)), (long, (short,)))
        )
        for settings in (old, back, both):
            await _start(settings)
        assert await rewrap(store, Masters(both.keys.master_key, both.keys.former_master_keys)) > 0
        await _start(both)
        with pytest.raises(OtherKeys, match="does not go back to one of 16"):
            await _start(back)
        store.close()


@pytest.mark.parametrize("short", [{"master": SecretStr("44" * 16)}, {"site": SecretStr("44" * 16)}])
async def test_a_new_log_begins_under_long_keys(tmp_path: Path, short: dict[str, Any]) -> None:
    async with embedded_parts(tmp_path) as parts:
        with pytest.raises(OtherKeys, match=r"32 bytes: `careloop keys new`"):
            await prepare([SERVICE], changed(parts, keys=changed(parts.keys, **short)))
        await prepare([SERVICE], parts)


def _raised(error: BaseException) -> None:
    raise error


async def _start(settings: Settings) -> None:
    async with build(SERVICE, settings, lambda error: None):
        pass


async def test_a_timer_survives_a_restart_and_fires_once_when_the_clock_gets_there(parts: Settings) -> None:
    counter, clock = uuid4().hex, SharedClock(parts.clock_file)
    clock.set(AT, 0)
    async with running(parts, "decider", "processor", "projector") as it:
        await it.ask(uuid4().hex, 1, counter, wake_in=3600)
        await it.rest()
        assert await it.total(counter) == 1
    async with running(parts, "decider", "processor", "projector") as it:
        for second, total in ((3599, 1), (3600, 101), (3601, 101)):
            clock.set(AT + timedelta(seconds=second), 0)
            await it.ticked(counter)
            assert await it.total(counter) == total, second


async def test_a_clock_that_jumps_fires_each_timer_once_and_none_early(parts: Settings) -> None:
    counter, clock = uuid4().hex, SharedClock(parts.clock_file)
    start = clock()
    async with running(parts, "decider", "projector", "processor") as it:
        clock.set(start, 0)
        await it.ask(uuid4().hex, 1, counter, wake_in=100)
        for days, total in ((0, 1), (-30, 1), (1000, 101), (999, 101), (1001, 101)):
            clock.set(start + timedelta(days=days, seconds=90), 0)
            await it.ticked(counter)
            assert await it.total(counter) == total, days


async def test_a_group_without_offsets_stops_with_a_sentence(parts: Settings) -> None:
    stranger = replace(SERVICE, name="stranger", deciders=(replace(SERVICE.deciders[0], service="stranger"),))
    async with running(parts, "decider", service=stranger, mark=False) as it:
        assert isinstance(it.failures[0], OffsetsVanished)
        assert "careloop topics" in str(it.failures[0])


async def test_a_rebuild_while_events_go_on_shows_what_one_in_one_go_shows(parts: Settings) -> None:
    counters = [uuid4().hex for _ in range(10)]

    rebuilt, asked = asyncio.Event(), 0

    async def ask_on() -> None:
        nonlocal asked
        while not rebuilt.is_set():
            await asyncio.gather(*(it.ask(uuid4().hex, 1, counter) for counter in counters))
            asked += 1

    async with running(parts, "decider", "projector") as it:
        rebuild = lambda: Rebuild(SERVICE, TOTALS, parts, it.deps.mongo, it.deps.codec).run()  # noqa: E731
        asking = asyncio.create_task(ask_on())
        for _ in range(3):
            assert (await rebuild()).different == []
        rebuilt.set()
        await asking
        await it.rest()
        assert [await it.total(counter) for counter in counters] == [asked] * 10
        assert (await rebuild()).different == []


async def write_event(
    parts: Settings, it: Running, service: str, event: Counted, sequence: int, wire: str = ""
) -> None:
    """An event straight into the log, as only a decider should."""
    writer = producer(parts.kafka)
    await writer.start()
    [value] = await Codec(it.deps.ring).encode([envelope(event, sequence=sequence)])
    if wire:
        value = value.replace(f'"{Counted.wire}"'.encode(), f'"{wire}"'.encode())
    lane = partition_of(event.counter, 2)
    await send_groups(writer, topic_name(service, "events"), lane, [[Out(event.counter, value)]])
    await writer.stop()


async def test_a_gap_in_the_log_refuses_to_serve_and_names_the_place(parts: Settings) -> None:
    counter, gappy = uuid4().hex, named("gappy")
    async with running(parts, service=gappy) as it:
        await write_event(parts, it, "gappy", Counted(at=AT, counter=counter, by=1), 5)
    async with running(parts, "decider", service=gappy) as it:
        assert isinstance(it.failures[0], SequenceGap)
        assert f"{counter} jumps from sequence 0 to 5" in str(it.failures[0])


def named(name: str) -> Service:
    """The counter under another name: it may have a log that nobody else must read."""
    projection = replace(TOTALS, sources=(name,))
    return replace(
        SERVICE, name=name, deciders=(replace(SERVICE.deciders[0], service=name),), projections=(projection,)
    )


@pytest.mark.parametrize(
    ("name", "sequence", "wire", "words"),
    [
        ("torn", 3, "", "jumps from sequence 1 to 3: events are missing"),
        ("newer", 2, "careloop.counter.counted.v9", "careloop.counter.counted.v9' is not in the contracts"),
    ],
)
async def test_a_rebuild_of_a_damaged_log_stops_and_names_the_place(
    parts: Settings, name: str, sequence: int, wire: str, words: str
) -> None:
    counter, service = uuid4().hex, named(name)
    async with running(parts, "projector", service=service) as it:
        await write_event(parts, it, name, Counted(at=AT, counter=counter, by=1), 1)
        await write_event(parts, it, name, Counted(at=AT, counter=counter, by=1), sequence, wire)
        await it.rest()
        shown = await it.total(counter)
        with pytest.raises(CannotRebuild, match=words) as stopped:
            await Rebuild(service, service.projections[0], parts, it.deps.mongo, it.deps.codec).run()
        assert f"{topic_name(name, 'events')}-{partition_of(counter, 2)} offset 1" in str(stopped.value)
        assert await it.total(counter) == shown
        kept = [letter for _, letter in (await letters(parts, [service])).values()]
        assert [letter.reason for letter in kept] == (["unknown-type"] if wire else [])
