"""Rebuild a collection from the log beside the live one, compare both, then swap them. Services run on meanwhile.

The build is a generation of its own (see `shared/projector/generations.py`), written by this process only. Each page
of the live collection is read together with the live positions in one transaction; the build is then fed up to exactly
these positions, and its page must be equal. The swap requires that the build has read at least as far as the live
collection.

An event that makes a document too large is skipped, as in the live collection. Unlike there, a record that cannot be
read stops the rebuild: a newer release may be able to read it, and must not take it for shown.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import TopicPartition

from deploy.catalogue import load_all
from deploy.operating.dlq import letters
from deploy.operating.topics import partition_counts
from shared import mongo
from shared.bus.clients import producer, started
from shared.bus.consuming import LogCut
from shared.bus.topics import is_events
from shared.clock import SharedClock
from shared.codec import Codec, Refusal
from shared.deadletter import DeadLetters, letter_id
from shared.decider.partition import SequenceGap
from shared.host.deps import key_ring
from shared.projector import Projection
from shared.projector.applying import TOO_LARGE, Adapters, Applying
from shared.projector.generations import POSITIONS, Superseded, Vector, begin, discard, physical, reached, swap
from shared.projector.runtime import ensure
from shared.projector.source import Source
from shared.service import Service
from shared.settings import Settings

PAGE = 500
EXPIRING_SECONDS = 120
"""MongoDB deletes expired documents about once a minute, at different times in the two generations."""
STANDSTILL_LOOKS = 10
"""Number of looks, 0.2 s apart, without progress after which the live projector counts as standing still."""


class CannotRebuild(Exception):
    """The rebuild stopped; the text names the place in the log, or what to do."""


class NoSuchCollection(Exception):
    """No collection, or more than one, has this name; the text lists those that there are."""


def names(services: Iterable[Service]) -> list[str]:
    """Return the names of all collections, as `<service>.<collection>`."""
    return sorted(f"{service.name}.{each.collection}" for service in services for each in service.collections)


def collection_of(services: Sequence[Service], name: str) -> tuple[Service, Projection]:
    """Return the collection `<service>.<collection>` or `<collection>`. Raises `NoSuchCollection`."""
    owner, _, last = name.rpartition(".")
    every = [(service, each) for service in services for each in service.collections if each.collection == last]
    if len(owners := [each for each in every if owner in ("", each[0].name)]) == 1:
        return owners[0]
    candidates = sorted(f"{service.name}.{each.collection}" for service, each in owners) or names(services)
    count = "several collections are" if owners else "no collection is"
    raise NoSuchCollection(f"{count} called {name!r}: choose from {', '.join(candidates)}")


def resource(name: str, force: bool) -> str:
    """Return what the access event of a rebuild names: the collection, and whether it is swapped with differences."""
    return f"{name} forced" if force else name


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """Number of documents before and after, ids of documents that differ, whether the build was swapped in.

    `passed_by` counts the skipped events that would have made a document too large.
    """

    collection: str
    before: int
    after: int
    different: list[str]
    swapped: bool
    passed_by: int


class Rebuild:
    """The rebuild of one collection of one service."""

    def __init__(self, service: Service, projection: Projection, settings: Settings, client: Any, codec: Codec) -> None:
        self._service, self._projection, self._settings, self._client = service, projection, settings, client
        name = mongo.database_name(service.name)
        self._db = client[name]
        count = partition_counts([*load_all(settings), service], settings)
        self._tps = [TopicPartition(topic, n) for topic in projection.topics for n in range(count[topic])]
        self._adapters = Adapters(client, name, codec, self._refused)
        self._reader = f"{service.slug}.projector"
        self._passed_by: dict[str, Any] = {}
        self._source = Source(settings.kafka, most=2000)
        self._sequences: dict[tuple[str, bytes], int] = {}
        self._at: Vector = dict.fromkeys(self._tps, 0)
        self._goal: Vector = {}
        self._build = self._live = 0

    @property
    def progress(self) -> tuple[int, int]:
        """Return how many offsets the build has read, and how many there were when it last looked."""
        return sum(self._at.values()), sum(max(at, self._goal.get(tp, 0)) for tp, at in self._at.items())

    async def run(self, force: bool = False) -> RebuildReport:
        """Build, compare and swap; with a difference, swap only if `force`. Raises `CannotRebuild`."""
        name = self._projection.collection
        self._build, self._live = await begin(self._db, name)
        try:
            await ensure(self._db, self._projection, self._build)
            async with self._source:
                self._goal = await self._source.ends(self._tps)
                before, after, different = await self._compare()
                if swapped := force or not different:
                    await self._swap()
        except (LogCut, Superseded) as error:
            await discard(self._db, name, self._build)
            raise CannotRebuild(str(error)) from error
        except Exception:
            await discard(self._db, name, self._build)
            raise
        await discard(self._db, name, self._live if swapped else self._build)
        return RebuildReport(name, before, after, different, swapped, len(self._passed_by))

    async def _refused(self, record: Any, refusal: Refusal) -> None:
        """Note a record that the live collection skips too. Raises `CannotRebuild` for other refusals."""
        if refusal != TOO_LARGE:
            raise CannotRebuild(f"{_place(record)}: {refusal.detail}")
        self._passed_by[letter_id(self._reader, record)] = record

    async def _drive(self, until: Vector) -> None:
        """Feed the build up to positions `until`; partitions that are farther already are not touched."""
        behind = {tp: at for tp, at in self._at.items() if at < until[tp]}
        appliers = {tp: Applying([self._projection], tp, self._adapters, self._build) for tp in behind}
        async for tp, records, at in self._source.batches(behind, until):
            if at > self._at[tp]:
                await appliers[tp].advance(records, self._at[tp], at)
                self._unbroken(records)
                self._at[tp] = at

    def _unbroken(self, records: list[Any]) -> None:
        """Check that each aggregate's sequence has no gap (repeats are allowed). Raises `CannotRebuild`."""
        for record in records if records and is_events(records[0].topic) else ():
            sequence, aggregate = orjson.loads(record.value)["sequence"], (record.topic, record.key)
            last = self._sequences.get(aggregate, 0)
            if sequence > last + 1:
                raise CannotRebuild(str(SequenceGap(_place(record), record.key.decode(), last, sequence)))
            self._sequences[aggregate] = max(sequence, last)

    async def _compare(self) -> tuple[int, int, list[str]]:
        """Return the number of live and built documents, and the ids of those that differ at the end of the log."""
        before, after, different, where = 0, 0, list[str](), dict[str, Any]()
        while True:
            old, new = await self._both({"_id": where} if where else {})
            before, after = before + len(old), after + len(new)
            different += [id for id in old.keys() | new.keys() if old.get(id) != new.get(id)]
            if len(old) < PAGE:
                return before, after, await self._still(sorted(different))
            where = {"$gt": next(reversed(old))}

    async def _both(self, where: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """Return id → checksum of a page of live documents, and of the built ones in the same range of ids.

        Both are read at the same positions.
        """

        async def page() -> tuple[Vector, dict[str, str]]:
            async with mongo.transaction(self._client) as session:
                return await self._reached(session), await self._checksums(self._live, where, session)

        vector, old = await mongo.persistently(page)
        await self._drive(vector)
        if len(old) == PAGE and "$in" not in where.get("_id", {}):
            where = {"_id": {**where.get("_id", {}), "$lte": next(reversed(old))}}
        return old, await self._checksums(self._build, where)

    async def _still(self, different: list[str]) -> list[str]:
        """Return the ids that still differ when both have read to the present end of the log.

        A data key may be destroyed between the two readings of an event; the erasure event then makes both equal.
        """
        if different:
            await self._live_has_read(await self._source.ends(self._tps))
        still = []
        for start in range(0, len(different), PAGE):
            old, new = await self._both({"_id": {"$in": different[start : start + PAGE]}})
            still += [id for id in different[start : start + PAGE] if old.get(id) != new.get(id)]
        return still

    async def _live_has_read(self, ends: Vector) -> None:
        """Return when the live projector has read to `ends`, or makes no progress.

        It may never reach `ends`: the last record may be a transaction marker, or no projector may run.
        """
        looks, before = 0, None
        while looks < STANDSTILL_LOOKS:
            vector = await self._reached()
            if all(vector[tp] >= ends[tp] for tp in self._tps):
                return
            looks, before = looks + 1 if vector == before else 0, vector
            await asyncio.sleep(0.2)

    async def _reached(self, session: Any = None) -> Vector:
        return await reached(self._db[POSITIONS], self._projection.collection, self._live, self._tps, session)

    async def _checksums(self, generation: int, where: dict[str, Any], session: Any = None) -> dict[str, str]:
        """Return id → checksum, sorted by id, without documents that MongoDB is about to delete for their age."""
        kept = self._projection.kept_seconds
        if kept is not None:
            since = {"$subtract": ["$$NOW", (kept - EXPIRING_SECONDS) * 1000]}
            where = {**where, "$expr": {"$gt": ["$written", since]}}
        documents = self._db[physical(self._projection.collection, generation)]
        rows = documents.find(where, session=session).sort("_id", 1)
        return {row["_id"]: checksum(row) async for row in (rows.limit(PAGE) if session else rows)}

    async def _swap(self) -> None:
        """Swap the generations, once the build has read at least as far as the live collection."""
        name, swapped = self._projection.collection, False
        while not swapped:
            ends, live = await self._source.ends(self._tps), await self._reached()
            await self._drive({tp: max(ends[tp], live[tp]) for tp in self._tps})
            await self._keep()
            skipped_on = {TopicPartition(record.topic, record.partition) for record in self._passed_by.values()}
            swapped = await swap(self._client, self._db, name, self._build, self._live, self._tps, skipped_on)

    async def _keep(self) -> None:
        """Write a dead letter for each skipped event without one (the live collection had not read it yet)."""
        if not self._passed_by:
            return
        existing = await letters(self._settings, [self._service], whole=False)
        kafka = self._settings.kafka
        with closing(key_ring(self._settings, self._client)) as ring:
            async with started(producer(kafka)) as writer:
                keeping = DeadLetters(self._service.slug, writer, ring, SharedClock(self._settings.clock_file))
                for record in [record for id, record in self._passed_by.items() if id not in existing]:
                    await keeping.keep(record, TOO_LARGE, self._reader)


def checksum(document: dict[str, Any]) -> str:
    """Return the SHA-256 (hex) of a document as JSON with sorted keys."""
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(canonical).hexdigest()


def _place(record: Any) -> str:
    return f"{record.topic}-{record.partition} offset {record.offset}"
