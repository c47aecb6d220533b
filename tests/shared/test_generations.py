"""Any interleaving of batches, restarts, builds and swaps shows what one fold over the log shows."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import mongo
from shared.codec import Codec, Refusal
from shared.keystore import LocalKeyStore
from shared.mongo import connected
from shared.projector import Item
from shared.projector.applying import Applying
from shared.projector.generations import POSITIONS, Superseded, live, reached, swap
from shared.projector.views import Views
from shared.sealing import KeyRing
from tests.support.builds import TOPIC, TPS, RebuildScenario, opened
from tests.support.counter import TOTALS
from tests.support.parts import Database

pytestmark = pytest.mark.wiring


@pytest.fixture(scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    directory = tmp_path_factory.mktemp("generations")
    server = Database(directory)
    await server.start()
    async with connected(server.url) as client:
        ring = KeyRing(LocalKeyStore(directory / "keys.sqlite"), b"m" * 32)
        yield SimpleNamespace(client=client, codec=Codec(ring))
    server.kill()


STEPS = ["append", "batch", "restart", "begin", "feed", "swap", "take_back"]
STORIES = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(TPS), st.integers(1, 4)), max_size=25)
REBUILT = [("append", TPS[0], 4), ("batch", TPS[0], 2), ("begin", TPS[0], 1), ("feed", TPS[0], 3), ("swap", TPS[0], 1)]


@settings(max_examples=40)
@given(STORIES, st.booleans())
async def test_any_interleaving_shows_what_one_fold_over_the_log_shows(
    database: Any, story: list[tuple[str, TopicPartition, int]], rebuilt: bool
) -> None:
    async with opened(RebuildScenario(database.client, database.codec)) as world:
        for name, tp, count in [*(REBUILT if rebuilt else []), *story]:
            await getattr(world, name)(tp, count)
        await world.at_rest()
        expected: Counter[str] = Counter()
        for tp, records in world.log.records.items():
            for at in range(len(records)):
                expected[f"{tp.partition}-{at % 3}"] += 1 + at
        assert await world.shown("totals") == expected
        assert await world.shown("again") == expected
        assert (world.failures, world.passed_by) == ([], set())


def lengthened(before: dict[str, Any] | None, id: str, item: Item) -> dict[str, Any]:
    """A text that grows, and now and then begins anew."""
    assert item.envelope is not None
    by = item.envelope.data.by
    return {"text": "" if by % 7 == 0 else (before or {"text": ""})["text"] + "x" * PIECE * (by % 5)}


PIECE, MOST = 2000, 10
LONGER = replace(TOTALS, fold=lengthened)
FULL = [("append", tp, 4) for tp in TPS for _ in range(6)]


@settings(max_examples=40)
@given(STORIES)
async def test_any_interleaving_passes_the_same_events_by_as_too_large(
    database: Any, story: list[tuple[str, TopicPartition, int]]
) -> None:
    projections = (LONGER, replace(LONGER, collection="again"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mongo, "LARGEST", PIECE * MOST + PIECE // 2)  # room for what stands beside the text
        async with opened(RebuildScenario(database.client, database.codec, projections=projections)) as world:
            for name, tp, count in [*FULL, *story]:
                await getattr(world, name)(tp, count)
            await world.at_rest()
            lengths, passed_by = Counter[str](), set()
            for tp, records in world.log.records.items():
                for at in range(len(records)):
                    id, by = f"{tp.partition}-{at % 3}", 1 + at
                    length = 0 if by % 7 == 0 else lengths[id] + by % 5
                    if length > MOST:
                        passed_by.add((tp, at))
                    else:
                        lengths[id] = length
            expected = {id: PIECE * length for id, length in lengths.items()}
            for collection in ("totals", "again"):
                assert {id: len(text) for id, text in (await world.shown(collection, "text")).items()} == expected
            assert (world.failures, world.passed_by) == ([], passed_by)


@pytest.fixture
async def world(database: Any) -> AsyncIterator[RebuildScenario]:
    async with opened(RebuildScenario(database.client, database.codec)) as empty_world:
        yield empty_world


async def test_a_build_that_has_read_less_than_the_live_one_is_not_put_in_place(world: RebuildScenario) -> None:
    one, other = TPS
    await world.append(one, 4)
    await world.batch(one, 4)
    await world.begin(one, 1)
    await world.feed(one, 3)
    await world.swap(one, 1)
    assert world.build == (1, 0)
    await world.feed(one, 1)
    await world.swap(one, 1)
    assert world.build == (0, 0)
    assert await reached(world.database[POSITIONS], "totals", 1, TPS) == {one: 4, other: 0}


async def test_a_batch_and_a_swap_at_the_same_moment_leave_nothing_out(world: RebuildScenario) -> None:
    one, _ = TPS
    for _ in range(15):
        await world.append(one, 2)
        await world.begin(one, 1)
        await world.feed(one, len(world.log.records[one]) - 2)
        await asyncio.gather(world.batch(one, 2), world.swap(one, 1))
        generations = await live(world.database[POSITIONS], ["totals"])
        shown = await reached(world.database[POSITIONS], "totals", generations["totals"], [one])
        assert shown == {one: len(world.log.records[one])}, "of the two one has seen what the other did"
    await world.at_rest()
    total = len(world.log.records[one])
    assert sum((await world.shown("totals")).values()) == sum(range(1, total + 1)) + 1


async def test_a_build_that_another_has_superseded_ends_and_leaves_nothing(world: RebuildScenario) -> None:
    one, _ = TPS
    await world.append(one, 2)
    await world.database["totals__rebuild"].insert_one({"left": "by an older release"})
    await world.begin(one, 1)
    first = Applying([TOTALS], one, world.adapters, 1)
    await first.advance(world.log.records[one][:1], 0, 1)
    await world.begin(one, 1)
    with pytest.raises(Superseded, match="another rebuild of totals began"):
        await first.advance(world.log.records[one][1:], 1, 2)
    with pytest.raises(Superseded):
        await swap(world.client, world.database, "totals", 1, 0, TPS)
    await world.batch(one, 2)
    await world.feed(one, 2)
    await world.swap(one, 1)
    names = await world.database.list_collection_names()
    assert sorted(names) == ["again", POSITIONS, "totals__2"]


async def test_a_partition_that_is_lost_as_soon_as_it_was_assigned_is_let_go_of(world: RebuildScenario) -> None:
    one, _ = TPS
    await world.append(one, 4)
    await world.batch(one, 4)
    await world.take_back(one, 1)
    async with asyncio.timeout(10):
        for _ in range(3):
            await world.restart(one)
        await world.at_rest()
    assert await world.shown("again") == await world.shown("totals")


async def test_a_reader_that_meets_a_swap_reads_again(world: RebuildScenario) -> None:
    one, _ = TPS
    await world.append(one, 1)
    await world.batch(one, 1)
    views, reads = Views(world.database), 0

    async def reading(documents: Any) -> Any:
        nonlocal reads
        reads += 1
        if reads == 1:
            await world.begin(one, 1)
            await world.feed(one, 1)
            await world.swap(one, 1)
        return await documents.find_one({"_id": "0-0"})

    assert (await views["totals"].read(reading))["total"] == 1
    assert (reads, await views.positions(["totals"])) == (2, {"totals": {f"{TOPIC}-0": 1}})


async def test_what_one_collection_cannot_read_is_shown_by_those_that_need_not(world: RebuildScenario) -> None:
    """As it is when each is rebuilt alone: what a collection shows does not depend on its neighbours."""
    one, _ = TPS
    await world.append(one, 1)
    [record] = world.log.records[one]
    record.value = record.value.replace(b"counted.v1", b"counted.v9")
    kept = list[str]()

    async def keep(record: Any, refusal: Refusal) -> None:
        kept.append(refusal.reason)

    every = replace(TOTALS, collection="every", types=None, keys=lambda item: [item.raw["type"]], fold=lambda *_: {})
    applying = Applying([TOTALS, every], one, replace(world.adapters, refused=keep))
    await applying.advance([record], 0, 1)
    assert kept == ["unknown-type"]
    views = Views(world.database)
    assert [row async for row in views["totals"].find()] == []
    assert [row["_id"] async for row in views["every"].find()] == ["careloop.counter.counted.v9"]
