"""Rebuilding a collection from the log beside the live one, comparing the two, then swapping them.

The live projector goes on. Only for the last stretch its position is held (30 s at most, so that a rebuild
that dies holds nobody), the shadow reads to exactly that position, and the collections change places.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import TopicPartition

from deploy.catalogue import load_all
from deploy.topics import partition_counts
from shared import mongo
from shared.bus.reading import read_to_end
from shared.bus.topics import is_events
from shared.codec import Codec, Refusal
from shared.decider.partition import SequenceGap
from shared.projector import Projection
from shared.projector.runtime import POSITIONS, ProjectorPartition, position_id, prepare
from shared.service import Service
from shared.settings import Settings

SUFFIX = "__rebuild"
HOLD_SECONDS = 30.0


class CannotRebuild(Exception):
    """The text names the place in the log, or what to do."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild found: documents in both, and the ids whose checksums differed."""

    collection: str
    before: int
    after: int
    different: list[str]


class Rebuild:
    """One collection of one service."""

    def __init__(self, service: Service, projection: Projection, settings: Settings, client: Any, codec: Codec) -> None:
        self._projection, self._kafka, self._client = projection, settings.kafka, client
        self._name = mongo.database_name(service.name)
        self._db, self._codec = client[self._name], codec
        self._sequences: dict[tuple[str, bytes], int] = {}
        count = partition_counts([*load_all(settings), service], settings)
        self._tps = [TopicPartition(topic, n) for topic in projection.topics for n in range(count[topic])]

    async def run(self) -> Report:
        """Build, compare, swap."""
        await self._clear()
        await prepare(self._db, [self._projection], SUFFIX)
        await self._catch_up(await self._live())
        await self._hold(time.time() + HOLD_SECONDS)
        try:
            await self._catch_up(await self._live())
            report = await self._compare()
            await self._swap()
        finally:
            await self._hold(0)
        return report

    async def _clear(self) -> None:
        await self._db[self._projection.collection + SUFFIX].drop()
        await self._db[POSITIONS].delete_many({"_id": {"$regex": f"^{self._projection.collection}{SUFFIX}:"}})

    async def _live(self) -> dict[TopicPartition, int]:
        ids = {position_id(self._projection.collection, tp): tp for tp in self._tps}
        found = self._db[POSITIONS].find({"_id": {"$in": list(ids)}})
        return {ids[row["_id"]]: row["next"] async for row in found}

    async def _catch_up(self, until: dict[TopicPartition, int]) -> None:
        for tp in self._tps:
            handler = ProjectorPartition(
                [self._projection], tp, self._client, self._name, self._codec, _refuse, suffix=SUFFIX
            )
            start = await handler.open(0)
            async for records in read_to_end(self._kafka, [tp], {tp: start}):
                wanted = [record for record in records if record.offset < until.get(tp, 0)]
                if wanted:
                    await handler.work(wanted)
                    self._unbroken(wanted)
                if len(wanted) < len(records):
                    break

    def _unbroken(self, records: list[Any]) -> None:
        """Each aggregate's events follow one another, but for repeats. Raises `CannotRebuild`."""
        for record in records if is_events(records[0].topic) else ():
            at, line = orjson.loads(record.value)["sequence"], (record.topic, record.key)
            known = self._sequences.get(line, 0)
            if at > known + 1:
                raise CannotRebuild(str(SequenceGap(_place(record), record.key.decode(), known, at)))
            self._sequences[line] = max(at, known)

    async def _hold(self, until: float) -> None:
        for tp in self._tps:
            change = {"$set": {"held_until": until}, "$setOnInsert": {"next": 0}}
            where = {"_id": position_id(self._projection.collection, tp)}
            await self._db[POSITIONS].update_one(where, change, upsert=True)

    async def _compare(self) -> Report:
        name = self._projection.collection
        old, new = await self._checksums(name), await self._checksums(name + SUFFIX)
        different = sorted(id for id in old.keys() | new.keys() if old.get(id) != new.get(id))
        return Report(name, len(old), len(new), different)

    async def _checksums(self, collection: str) -> dict[str, str]:
        rows = self._db[collection].find({})
        return {row["_id"]: checksum(row) async for row in rows}

    async def _swap(self) -> None:
        name = self._projection.collection
        rename = {"renameCollection": f"{self._name}.{name}{SUFFIX}", "to": f"{self._name}.{name}", "dropTarget": True}
        await self._client.admin.command(rename)
        await self._db[POSITIONS].delete_many({"_id": {"$regex": f"^{name}{SUFFIX}:"}})


def checksum(document: dict[str, Any]) -> str:
    """SHA-256 of a document in canonical form."""
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(canonical).hexdigest()


async def _refuse(record: Any, refusal: Refusal) -> None:
    raise CannotRebuild(f"{_place(record)}: {refusal.detail}")


def _place(record: Any) -> str:
    return f"{record.topic}-{record.partition} offset {record.offset}"
