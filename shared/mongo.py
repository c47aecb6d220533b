"""The only module that names the MongoDB driver (motor; a change to pymongo's AsyncMongoClient would be made here)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bson import encode
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import DeleteOne, ReadPreference, ReplaceOne, UpdateOne
from pymongo.errors import AutoReconnect, DocumentTooLarge, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.keystore import NUMBER, Exchange, KeyStore, Residue, Term, Tie, Wrapped
from shared.pulse import beat

log = logging.getLogger(__name__)
T = TypeVar("T")
Client = AsyncIOMotorClient
Database = AsyncIOMotorDatabase
MongoError = PyMongoError
Document = dict[str, Any]
_ASKED = 50_000  # ids in one question: a message to the server has 16 MB


def connect(url: str) -> Any:
    """A client with UTC-aware dates. Options in `url` take precedence."""
    patience: dict[str, Any] = {} if "serverSelectionTimeoutMS" in url else {"serverSelectionTimeoutMS": 10_000}
    return AsyncIOMotorClient(url, tz_aware=True, uuidRepresentation="standard", **patience)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """A client that is closed at the end of the block."""
    client = connect(url)
    try:
        yield client
    finally:
        client.close()


def database_name(service: str) -> str:
    """`careloop_<service>`: a database per service."""
    return f"careloop_{service.replace('-', '_')}"


@asynccontextmanager
async def transaction(client: Any) -> AsyncIterator[Any]:
    """A majority transaction; aborted if the block raises."""
    async with await client.start_session() as session:
        async with session.start_transaction(
            read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
        ):
            yield session


def is_transient(error: Exception) -> bool:
    """Whether the transaction may be retried: a conflict, a step-down, a server that is away."""
    labels = ("TransientTransactionError", "UnknownTransactionCommitResult")
    labelled = isinstance(error, PyMongoError) and any(map(error.has_error_label, labels))
    return labelled or isinstance(error, AutoReconnect)


_LARGE = (10334, 17419, 17420)
LARGEST = 16 << 20


def is_too_large(error: Exception) -> bool:
    """Whether MongoDB refused a document because of its size."""
    codes = {getattr(error, "code", None)}
    codes |= {wrong.get("code") for wrong in (getattr(error, "details", None) or {}).get("writeErrors", ())}
    return isinstance(error, DocumentTooLarge) or not codes.isdisjoint(_LARGE)


def size(document: Document) -> int:
    """The size of a document in bytes; more than `LARGEST` cannot be stored."""
    return len(encode(document))


async def sized(collection: Any, ids: Iterable[str], session: Any) -> tuple[dict[str, Document], dict[str, int]]:
    """The stored documents with these ids, and their sizes in bytes, both by id."""
    stages = [{"$match": {"_id": {"$in": list(ids)}}}, {"$set": {"_size": {"$bsonSize": "$$ROOT"}}}]
    documents = {row["_id"]: row async for row in collection.aggregate(stages, session=session)}
    return documents, {id: document.pop("_size") for id, document in documents.items()}


def is_dropped(error: Exception) -> bool:
    """Whether a query ended because its collection was dropped."""
    return isinstance(error, OperationFailure) and error.code in (43, 175)  # CursorNotFound, QueryPlanKilled


async def persistently(operation: Callable[[], Awaitable[T]]) -> T:
    """The result of `operation`; retried with growing pauses while MongoDB is away or in conflict."""
    pause = 0.01
    while True:
        try:
            return await operation()
        except PyMongoError as error:
            if not is_transient(error):
                raise
            if pause >= 1.0:
                log.warning("still waiting for MongoDB: %s", type(error).__name__)
            beat()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)


def replacing(documents: dict[str, Document | None]) -> list[Any]:
    """Bulk operations that replace each document, or delete it if it is None."""
    return [
        DeleteOne({"_id": id}) if document is None else ReplaceOne({"_id": id}, document, upsert=True)
        for id, document in documents.items()
    ]


async def ensure(database: Any, name: str, indexes: Sequence[Any] = (), kept_seconds: int | None = None) -> None:
    """Create the collection and its indexes (a transaction cannot create them under load)."""
    try:
        await database.create_collection(name, check_exists=False)
    except OperationFailure as error:
        if error.code != 48:  # NamespaceExists
            raise
    for index in indexes:
        await database[name].create_index(index)
    if kept_seconds is not None:
        await database[name].create_index("written", expireAfterSeconds=kept_seconds)


_UNTIED: tuple[Document, ...] = (
    {"$lookup": {"from": "ties", "localField": "_id", "foreignField": "key", "as": "tied"}},
    {"$match": {"tied": []}},
)


class MongoKeyStore(KeyStore):
    """The key store in MongoDB. Its database is never rebuilt and never dropped.

    Reads and writes use majority concern: a key that only a failed primary had would be lost with everything encrypted
    with it, and an erasure that only it had would be undone.
    """

    def __init__(self, client: Any) -> None:
        concerns = {"read_concern": ReadConcern("majority"), "write_concern": WriteConcern("majority")}
        primary = ReadPreference.PRIMARY  # overrides a read preference in the URL
        self._keys, self._ties, self._terms = (
            client["careloop_keys"].get_collection(name, read_preference=primary, **concerns)
            for name in ("keys", "ties", "terms")
        )
        self._indexed = False

    async def get(self, ids: Any) -> dict[str, Wrapped | None]:
        """See `KeyStore`."""
        keys = dict[str, Wrapped | None]()
        for part in _parts(ids):
            rows = self._keys.find({"_id": part}, batch_size=_ASKED + 1)
            keys |= {row["_id"]: _wrapped(row) if row["wrapped"] else None async for row in rows}
        return keys

    async def add(self, keys: dict[str, Wrapped]) -> None:
        """See `KeyStore`."""
        made = {id: _fields(wrapped) | _term(wrapped) for id, wrapped in keys.items()}
        await self._write([(id, {"$setOnInsert": fields}) for id, fields in made.items()])

    async def destroy(self, ids: Any) -> int:
        """See `KeyStore`. A repeated tombstone changes nothing, so modified documents had a key.

        Ties go last: ties left by a crash point to keys that are destroyed.
        """
        wanted = list(ids)
        destroyed = await self._write([(id, {"$set": {"wrapped": None}, "$unset": {"until": ""}}) for id in wanted])
        for part in _parts(wanted):
            await self._ties.delete_many({"key": part})
            await self._terms.delete_many({"_id": part})
        return destroyed

    async def tie(self, ties: Iterable[Tie], terms: Iterable[Term] = ()) -> None:
        """See `KeyStore`."""
        if not self._indexed:
            await self._keys.create_index("wrapped", partialFilterExpression={"wrapped": {"$type": "null"}})
            for field in ("identity", "key"):
                await self._ties.create_index(field)
            await self._terms.create_index("until")
            await self._keys.create_index("until", partialFilterExpression={"until": {"$exists": True}})
            self._indexed = True
        rows = [(_name(tie), {"$setOnInsert": tie._asdict()}) for tie in ties]
        await self._write(rows, self._ties)
        kept = [(term.key, {"$setOnInsert": {"kind": term.kind, "until": term.until}}) for term in terms]
        await self._write(kept, self._terms)

    async def untie(self, ties: Iterable[Tie]) -> None:
        """See `KeyStore`."""
        if gone := [DeleteOne({"_id": _name(tie)}) for tie in ties]:
            await self._ties.bulk_write(gone, ordered=False)

    async def extend(self, untils: Mapping[str, int], begin: bool = False) -> None:
        """See `KeyStore`."""
        none: Document = {"until": {"$exists": False}, "wrapped": {"$ne": None}}
        updates = [
            UpdateOne({"_id": id, **(none if begin else {"until": {"$lt": until}})}, {"$set": {"until": until}})
            for id, until in untils.items()
        ]
        if updates:
            await self._keys.bulk_write(updates, ordered=False)

    async def hold(self, ids: Iterable[str]) -> None:
        """See `KeyStore`."""
        for part in _parts(ids):
            await self._keys.update_many({"_id": part, "until": {"$exists": True}}, {"$unset": {"until": ""}})

    async def tied(self, identities: Iterable[str]) -> set[str]:
        """See `KeyStore`."""
        keys = set[str]()
        for part in _parts(identities):
            keys |= {row["key"] async for row in self._ties.find({"identity": part})}
        return keys

    async def ties_of(self, keys: Iterable[str]) -> set[Tie]:
        """See `KeyStore`."""
        ties = set[Tie]()
        for part in _parts(keys):
            ties |= {Tie(row["identity"], row["key"]) async for row in self._ties.find({"key": part})}
        return ties

    async def stranded(self) -> set[str]:
        """See `KeyStore`."""
        tied = {"from": "ties", "localField": "_id", "foreignField": "identity", "as": "tied"}
        stages = [{"$match": {"wrapped": {"$type": "null"}}}, {"$lookup": tied}, {"$unwind": "$tied"}]
        return {row["tied"]["key"] async for row in self._keys.aggregate(stages)}

    async def ended(self, now: int) -> list[Term]:
        """See `KeyStore`."""
        over: Document = {"until": {"$lte": now}}
        rows = [row async for row in self._terms.aggregate([{"$match": over}, *_UNTIED])]
        rows += [row | {"kind": NUMBER} async for row in self._keys.find(over)]
        return [Term(row["_id"], row["kind"], row["until"]) for row in rows]

    async def residue(self) -> list[Residue]:
        """See `KeyStore`."""
        counted = {"count": {"$sum": 1}, "until": {"$max": "$until"}}
        terms = [*_UNTIED, {"$group": {"_id": "$kind", **counted}}]
        numbers = [{"$match": {"until": {"$exists": True}}}, {"$group": {"_id": NUMBER, **counted}}]
        asked = ((self._terms, terms), (self._keys, numbers))
        rows = [row for where, stages in asked async for row in where.aggregate(stages)]
        return sorted((Residue(row["_id"], row["count"], row["until"]) for row in rows), key=lambda each: each.kind)

    async def outdated(self, kid: str, after: str, most: int) -> list[tuple[str, Wrapped]]:
        """See `KeyStore`."""
        where = {"_id": {"$gt": after}, "wrapped": {"$ne": None}, "kid": {"$ne": kid}}
        return [(row["_id"], _wrapped(row)) async for row in self._keys.find(where).sort("_id", 1).limit(most)]

    async def exchange(self, exchanges: Sequence[Exchange]) -> int:
        """See `KeyStore`."""
        if not exchanges:
            return 0
        updates = [UpdateOne({"_id": id, "wrapped": old.key}, {"$set": _fields(new)}) for id, old, new in exchanges]
        return int((await self._keys.bulk_write(updates, ordered=False)).modified_count)

    async def counts(self) -> dict[str | None, int]:
        """See `KeyStore`."""
        of = {"$cond": [{"$eq": ["$wrapped", None]}, None, {"$ifNull": ["$kid", ""]}]}
        rows = self._keys.aggregate([{"$group": {"_id": of, "count": {"$sum": 1}}}])
        return {None: 0, **{row["_id"]: row["count"] async for row in rows}}

    async def _write(self, changes: list[tuple[str, Document]], where: Any = None) -> int:
        """The number of existing documents that changed. One round trip for all."""
        if not changes:
            return 0
        updates = [UpdateOne({"_id": id}, change, upsert=True) for id, change in changes]
        where = self._keys if where is None else where
        return int((await where.bulk_write(updates, ordered=False)).modified_count)

    def close(self) -> None:
        """See `KeyStore`. The owner of the client closes it."""


def _parts(ids: Iterable[str]) -> Iterator[Document]:
    """Conditions for all of these ids, as many per condition as one message to the server holds."""
    wanted = list(ids)
    for start in range(0, len(wanted), _ASKED):
        yield {"$in": wanted[start : start + _ASKED]}


def _fields(wrapped: Wrapped) -> Document:
    return {"wrapped": wrapped.key, "kid": wrapped.kid}


def _term(wrapped: Wrapped) -> Document:
    return {} if wrapped.until is None else {"until": wrapped.until}


def _wrapped(row: Document) -> Wrapped:
    return Wrapped(row["wrapped"], row.get("kid", ""), row.get("until"))


def _name(tie: Tie) -> str:
    return f"{tie.identity} {tie.key}"
