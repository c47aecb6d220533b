"""Generations: each build of a collection has its own documents and positions, with a number in their names.

One pointer document per collection names the live generation, which readers and projectors use. Generation 0 has the
names of collections before generations existed and needs no pointer, so old databases still work.
"""

from collections.abc import Iterable
from typing import Any

from aiokafka import TopicPartition

from shared import mongo

POSITIONS = "positions"
Vector = dict[TopicPartition, int]


class Superseded(Exception):
    """Another build of the collection began, or became live, since this one began."""


def physical(collection: str, generation: int) -> str:
    """The name of a generation's collection in MongoDB."""
    return f"{collection}__{generation}" if generation else collection


def pointer_id(collection: str) -> str:
    """The id of the pointer document: live generation, newest one, and up to where the live one was built.

    Up to these positions a rebuild read everything, as it would have stopped at an unreadable record. `passed_by`:
    partitions with events that it skipped because they make a document too large.
    """
    return f"live:{collection}"


def position_id(collection: str, generation: int, tp: TopicPartition) -> str:
    """The id of the position document of one generation and source partition."""
    return f"{physical(collection, generation)}:{tp.topic}-{tp.partition}"


async def live(positions: Any, collections: Iterable[str], session: Any = None) -> dict[str, int]:
    """The live generation of each collection."""
    ids = {pointer_id(collection): collection for collection in collections}
    generations = dict.fromkeys(ids.values(), 0)
    async for pointer in positions.find({"_id": {"$in": list(ids)}}, session=session):
        generations[ids[pointer["_id"]]] = pointer["live"]
    return generations


async def reached(
    positions: Any, collection: str, generation: int, tps: Iterable[TopicPartition], session: Any = None
) -> Vector:
    """The positions of a generation on these partitions."""
    ids = {position_id(collection, generation, tp): tp for tp in tps}
    vector = dict.fromkeys(ids.values(), 0)
    async for row in positions.find({"_id": {"$in": list(ids)}}, session=session):
        vector[ids[row["_id"]]] = row["next"]
    return vector


async def begin(database: Any, collection: str) -> tuple[int, int]:
    """A new generation, and the live one. Drops what earlier builds left."""
    change = {"$inc": {"newest": 1}, "$setOnInsert": {"live": 0}}
    pointer = await database[POSITIONS].find_one_and_update(
        {"_id": pointer_id(collection)}, change, upsert=True, return_document=True
    )
    kept = {physical(collection, pointer["live"]), physical(collection, pointer["newest"])}
    builds = await database.list_collection_names(filter={"name": {"$regex": f"^{collection}(__.+)?$"}})
    for name in set(builds) - kept:
        await _drop(database, name)
    return pointer["newest"], pointer["live"]


async def discard(database: Any, collection: str, generation: int) -> None:
    """Drop a generation unless it is live."""
    if (await live(database[POSITIONS], [collection]))[collection] != generation:
        await _drop(database, physical(collection, generation))


async def _drop(database: Any, name: str) -> None:
    await database[name].drop()
    await database[POSITIONS].delete_many(_of(name))


async def check_newest(positions: Any, collection: str, generation: int, session: Any) -> None:
    """Raises `Superseded` if another build began after this generation's."""
    pointer = await positions.find_one({"_id": pointer_id(collection)}, session=session)
    if pointer is None or pointer["newest"] != generation:
        raise Superseded(f"another rebuild of {collection} began meanwhile, which goes on instead of this one")


async def swap(
    client: Any,
    database: Any,
    collection: str,
    generation: int,
    replaced: int,
    tps: Iterable[TopicPartition],
    passed_by: Iterable[TopicPartition] = (),
) -> bool:
    """Make a generation live, if on every source partition it has read at least as far as the live one.

    Deleting the positions of the replaced one makes a projector's concurrent batch conflict with this transaction: one
    of the two is retried, and then sees the effect of the other.
    """
    positions, tps = database[POSITIONS], list(tps)
    for tp in tps:  # a missing document cannot conflict
        id = position_id(collection, replaced, tp)
        await positions.update_one({"_id": id}, {"$setOnInsert": {"next": 0}}, upsert=True)

    async def swapped() -> bool:
        async with mongo.transaction(client) as session:
            pointer = await positions.find_one({"_id": pointer_id(collection)}, session=session)
            if pointer["live"] == generation:
                return True  # the first commit succeeded without an answer
            await check_newest(positions, collection, generation, session)
            live_positions = await reached(positions, collection, replaced, tps, session)
            built_positions = await reached(positions, collection, generation, tps, session)
            if any(built_positions[tp] < live_positions[tp] for tp in tps):
                return False
            await positions.delete_many(_of(physical(collection, replaced)), session=session)
            built = [[f"{tp.topic}-{tp.partition}", at] for tp, at in built_positions.items()]
            left_out = sorted(f"{tp.topic}-{tp.partition}" for tp in set(passed_by))
            change = {"$set": {"live": generation, "built": built, "passed_by": left_out}}
            await positions.update_one({"_id": pointer_id(collection)}, change, session=session)
            return True

    return await mongo.persistently(swapped)


def _of(name: str) -> dict[str, Any]:
    return {"_id": {"$gte": f"{name}:", "$lt": f"{name};"}}
