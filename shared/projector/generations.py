"""Each build of a collection is a generation of its own: its documents and its positions carry the number.

One pointer document per collection says which generation is live, and readers and projectors follow it. Generation 0
has the names that collections had before there were generations and needs no pointer, so an older database goes on.
"""

from collections.abc import Iterable
from typing import Any

from aiokafka import TopicPartition

from shared import mongo

POSITIONS = "positions"
Vector = dict[TopicPartition, int]


class Superseded(Exception):
    """Another build of the collection began, or was put in place, since this one began."""


def physical(collection: str, generation: int) -> str:
    """What MongoDB calls a generation of a collection."""
    return f"{collection}__{generation}" if generation else collection


def pointer_id(collection: str) -> str:
    """The document of `positions` that names the live generation, the newest one, and how far the live one was built.

    So far a rebuild read everything, since it would have stopped at what it cannot read. `passed_by` names the
    partitions of which it passed events by that make a document too large.
    """
    return f"live:{collection}"


def position_id(collection: str, generation: int, tp: TopicPartition) -> str:
    """The position document of one generation and one source partition."""
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
    """How far a generation has read, on every one of these partitions."""
    ids = {position_id(collection, generation, tp): tp for tp in tps}
    vector = dict.fromkeys(ids.values(), 0)
    async for row in positions.find({"_id": {"$in": list(ids)}}, session=session):
        vector[ids[row["_id"]]] = row["next"]
    return vector


async def begin(database: Any, collection: str) -> tuple[int, int]:
    """A new generation, and the live one. Whatever earlier builds left behind is dropped."""
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
    """Drop a generation that nobody follows; the live one stays."""
    if (await live(database[POSITIONS], [collection]))[collection] != generation:
        await _drop(database, physical(collection, generation))


async def _drop(database: Any, name: str) -> None:
    await database[name].drop()
    await database[POSITIONS].delete_many(_of(name))


async def check_newest(positions: Any, collection: str, generation: int, session: Any) -> None:
    """Raises `Superseded` where another build began after this generation's."""
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
    """Make a generation the live one, if on every source partition it has read as far as the live one or farther.

    Taking away the positions of the replaced one makes a projector's batch on them conflict with this transaction: of
    the two one is repeated, and then it sees what the other did.
    """
    positions, tps = database[POSITIONS], list(tps)
    for tp in tps:  # what is not there cannot conflict
        id = position_id(collection, replaced, tp)
        await positions.update_one({"_id": id}, {"$setOnInsert": {"next": 0}}, upsert=True)

    async def swapped() -> bool:
        async with mongo.transaction(client) as session:
            pointer = await positions.find_one({"_id": pointer_id(collection)}, session=session)
            if pointer["live"] == generation:
                return True  # the answer to the first commit was lost
            await check_newest(positions, collection, generation, session)
            old = await reached(positions, collection, replaced, tps, session)
            new = await reached(positions, collection, generation, tps, session)
            if any(new[tp] < old[tp] for tp in tps):
                return False
            await positions.delete_many(_of(physical(collection, replaced)), session=session)
            built = [[f"{tp.topic}-{tp.partition}", at] for tp, at in new.items()]
            left_out = sorted(f"{tp.topic}-{tp.partition}" for tp in set(passed_by))
            change = {"$set": {"live": generation, "built": built, "passed_by": left_out}}
            await positions.update_one({"_id": pointer_id(collection)}, change, session=session)
            return True

    return await mongo.persistently(swapped)


def _of(name: str) -> dict[str, Any]:
    return {"_id": {"$gte": f"{name}:", "$lt": f"{name};"}}
