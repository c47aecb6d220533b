"""Any interleaving of batches, restarts, builds and swaps shows what one fold over the log shows."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import mongo
from shared.codec import Codec, Refusal
from shared.keystore import LocalKeyStore
from shared.mongo import connected
from shared.projector.applying import Adapters, Applying
from shared.projector.catching_up import CatchingUp
from shared.projector.generations import POSITIONS, Superseded, Vector, begin, discard, reached, swap
from shared.projector.runtime import ProjectorPartition, ensure, prepare
from shared.projector.views import Views
from shared.sealing import KeyRing
from shared.testing import envelope
from tests.support.counter import AT, TOTALS, Counted
from tests.support.parts import Database

pytestmark = pytest.mark.wiring
TOPIC = "careloop.counter.events.v1"
TPS = [TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)]
BOTH = (TOTALS, replace(TOTALS, collection="again"))


@pytest.fixture(scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    directory = tmp_path_factory.mktemp("generations")
    made = Database(directory)
    await made.start()
    async with connected(made.url) as client:
        ring = KeyRing(LocalKeyStore(directory / "keys.sqlite"), b"m" * 32)
        yield SimpleNamespace(client=client, codec=Codec(ring))
    made.kill()


class Log:
    """A log in memory, read as `Source` reads."""

    def __init__(self) -> None:
        self.records: dict[TopicPartition, list[Any]] = {tp: [] for tp in TPS}

    async def __aenter__(self) -> "Log":
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    async def batches(self, start: Vector, until: Vector | None = None) -> AsyncIterator[Any]:
        at = dict(start)
        while True:
            for tp in at:
                records = self.records[tp][at[tp] : at[tp] + 2]
                at[tp] += len(records)
                yield tp, records, at[tp]
            await asyncio.sleep(0)


async def refused(record: Any, refusal: Refusal) -> None:
    raise AssertionError(refusal)


@dataclass
class World:
    """Two collections built from two partitions, by a projector that may restart and builds that come and go."""

    client: Any
    codec: Codec
    log: Log = field(default_factory=Log)
    failures: list[BaseException] = field(default_factory=list)
    open: dict[TopicPartition, ProjectorPartition] = field(default_factory=dict)
    next: Vector = field(default_factory=dict)
    build: tuple[int, int] = (0, 0)
    built: Vector = field(default_factory=dict)
    sequence: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.name = f"world_{uuid4().hex}"
        self.database = self.client[self.name]
        self.adapters = Adapters(self.client, self.name, self.codec, refused)
        self.catching_up = CatchingUp(lambda: self.log, self.failures.append)

    async def append(self, tp: TopicPartition, count: int) -> None:
        """Events of three counters a partition."""
        for _ in range(count):
            records = self.log.records[tp]
            counter = f"{tp.partition}-{len(records) % 3}"
            self.sequence[counter] += 1
            event = Counted(at=AT, counter=counter, by=1 + len(records))
            [value] = await self.codec.encode([envelope(event, self.sequence[counter])])
            place = {"topic": TOPIC, "partition": tp.partition, "offset": len(records), "timestamp": 0}
            records.append(SimpleNamespace(**place, value=value, headers=()))

    async def restart(self, tp: TopicPartition, count: int = 0) -> None:
        """A projector that has just been assigned the partition; its group committed nothing."""
        if tp in self.open:
            await self.open[tp].close()
        self.open[tp] = ProjectorPartition(BOTH, tp, self.adapters, self.catching_up)
        self.next[tp] = await self.open[tp].open(0)

    async def batch(self, tp: TopicPartition, count: int) -> None:
        """The projector's next batch."""
        if records := self.log.records[tp][self.next[tp] : self.next[tp] + count]:
            await self.open[tp].work(records)
            self.next[tp] += len(records)

    async def begin(self, tp: TopicPartition, count: int) -> None:
        """A rebuild begins, whatever became of the one before."""
        self.build, self.built = await begin(self.database, "totals"), dict.fromkeys(TPS, 0)
        await ensure(self.database, TOTALS, self.build[0])

    async def feed(self, tp: TopicPartition, count: int) -> None:
        """The rebuild's next batch."""
        records = self.log.records[tp][self.built.get(tp, 0) :][:count]
        if self.build[0] and records:
            applying = Applying([TOTALS], tp, self.adapters, self.build[0])
            await applying.advance(records, self.built[tp], self.built[tp] + len(records))
            self.built[tp] += len(records)

    async def swap(self, tp: TopicPartition, count: int) -> None:
        """The build takes the live one's place, if it may."""
        number, replaced = self.build
        if number and await swap(self.client, self.database, "totals", number, replaced, TPS):
            await discard(self.database, "totals", replaced)
            self.build = (0, 0)

    async def take_back(self, tp: TopicPartition, count: int) -> None:
        """A collection is as if it were new in this release, for one partition or for both, at one moment."""

        async def taken() -> None:
            async with mongo.transaction(self.client) as session:
                for one in TPS if count > 2 else [tp]:
                    mine = {"_id": {"$regex": f"^{one.partition}-"}}
                    await self.database["again"].delete_many(mine, session=session)
                    position = {"_id": f"again:{TOPIC}-{one.partition}"}
                    await self.database[POSITIONS].delete_one(position, session=session)

        await mongo.persistently(taken)

    async def at_rest(self) -> None:
        """The projector has read everything, and every collection has joined."""
        for tp in TPS:
            await self.append(tp, 1)
            await self.batch(tp, len(self.log.records[tp]))
        while self.catching_up.probe():
            assert self.failures == []
            await asyncio.sleep(0.001)
        for tp in TPS:
            await self.open[tp].close()

    async def shown(self, collection: str) -> dict[str, int]:
        return {row["_id"]: row["total"] async for row in Views(self.database)[collection].find({})}


STEPS = ["append", "batch", "restart", "begin", "feed", "swap", "take_back"]
STORIES = st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(TPS), st.integers(1, 4)), max_size=25)
REBUILT = [("append", TPS[0], 4), ("batch", TPS[0], 2), ("begin", TPS[0], 1), ("feed", TPS[0], 3), ("swap", TPS[0], 1)]


@settings(max_examples=40)
@given(STORIES, st.booleans())
async def test_any_interleaving_shows_what_one_fold_over_the_log_shows(
    database: Any, story: list[tuple[str, TopicPartition, int]], rebuilt: bool
) -> None:
    world = World(database.client, database.codec)
    await prepare(world.database, BOTH)
    for tp in TPS:
        await world.restart(tp)
    for name, tp, count in [*(REBUILT if rebuilt else []), *story]:
        await getattr(world, name)(tp, count)
    await world.at_rest()
    expected: Counter[str] = Counter()
    for tp, records in world.log.records.items():
        for at in range(len(records)):
            expected[f"{tp.partition}-{at % 3}"] += 1 + at
    assert await world.shown("totals") == expected
    assert await world.shown("again") == expected
    assert world.failures == []
    await world.client.drop_database(world.name)


@pytest.fixture
async def world(database: Any) -> AsyncIterator[World]:
    made = World(database.client, database.codec)
    await prepare(made.database, BOTH)
    for tp in TPS:
        await made.restart(tp)
    yield made
    for tp in TPS:
        await made.open[tp].close()
    await made.client.drop_database(made.name)


async def test_a_build_that_has_read_less_than_the_live_one_is_not_put_in_place(world: World) -> None:
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


async def test_a_batch_and_a_swap_at_the_same_moment_leave_nothing_out(world: World) -> None:
    one, _ = TPS
    for _ in range(15):
        await world.append(one, 2)
        await world.begin(one, 1)
        await world.feed(one, len(world.log.records[one]) - 2)
        await asyncio.gather(world.batch(one, 2), world.swap(one, 1))
    await world.at_rest()
    total = len(world.log.records[one])
    assert sum((await world.shown("totals")).values()) == sum(range(1, total + 1)) + 1


async def test_a_build_that_another_has_superseded_ends_and_leaves_nothing(world: World) -> None:
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


async def test_a_partition_that_is_lost_as_soon_as_it_was_assigned_is_let_go_of(world: World) -> None:
    one, _ = TPS
    await world.append(one, 4)
    await world.batch(one, 4)
    await world.take_back(one, 1)
    async with asyncio.timeout(10):
        for _ in range(3):
            await world.restart(one)
        await world.at_rest()
    assert await world.shown("again") == await world.shown("totals")


async def test_a_reader_that_meets_a_swap_reads_again(world: World) -> None:
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


async def test_what_one_collection_cannot_read_is_shown_by_those_that_need_not(world: World) -> None:
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
