"""Read access to collections, always to the live generation.

The pointer is read after the documents: if it has changed, the read is repeated. So no reader sees a dropped generation
(which would look empty), or one that is no longer updated.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

from shared import mongo
from shared.positions import offsets
from shared.projector.generations import POSITIONS, Vector, live, physical, pointer_id

T = TypeVar("T")
Document = dict[str, Any]


class Views:
    """The collections of one database by name. `raw` is the database itself."""

    def __init__(self, database: Any) -> None:
        self.raw = database
        self._views: dict[str, View] = {}

    def __getitem__(self, collection: str) -> "View":
        return self._views.setdefault(collection, View(self.raw, collection))

    async def positions(self, collections: Iterable[str]) -> dict[str, dict[str, int]]:
        """{collection: {"topic-partition": next offset}} of the live generations, read together with their pointers."""
        names = list(collections)
        ids = [{"_id": {"$regex": f"^{name}(__[0-9]+)?:"}} for name in names]
        where = {"$or": [{"_id": {"$in": [pointer_id(name) for name in names]}}, *ids]}
        rows = {row["_id"]: row async for row in self.raw[POSITIONS].find(where)}
        shown = {}
        for name in names:
            pointer = rows.get(pointer_id(name))
            prefix = physical(name, pointer["live"] if pointer else 0) + ":"
            shown[name] = {id.removeprefix(prefix): row["next"] for id, row in rows.items() if id.startswith(prefix)}
        return shown

    async def front(self, collections: Iterable[str]) -> Vector:
        """The highest position of these collections on each partition."""
        front: Vector = {}
        for reached in (await self.positions(collections)).values():
            front |= {tp: max(next, front.get(tp, next)) for tp, next in offsets(reached).items()}
        return front


class View:
    """One collection, read-only."""

    def __init__(self, database: Any, collection: str) -> None:
        self._database, self._name = database, collection
        self._generation = 0

    async def find_one(self, *where: Any, **options: Any) -> Document | None:
        """As the driver's."""
        document: Document | None = await self.read(lambda documents: documents.find_one(*where, **options))
        return document

    def find(self, *where: Any, **options: Any) -> "Rows":
        """As the driver's."""
        return Rows(self, lambda documents: documents.find(*where, **options))

    def aggregate(self, stages: list[Any]) -> "Rows":
        """As the driver's."""
        return Rows(self, lambda documents: documents.aggregate(stages))

    async def read(self, query: Callable[[Any], Awaitable[T]]) -> T:
        """The result of `query` on the live generation's documents."""
        while True:
            generation = self._generation
            try:
                result = await query(self._database[physical(self._name, generation)])
            except mongo.MongoError as error:
                if mongo.is_dropped(error) and await self._live() != generation:
                    continue
                raise
            if await self._live() == generation:
                return result

    async def _live(self) -> int:
        self._generation = (await live(self._database[POSITIONS], [self._name]))[self._name]
        return self._generation


class Rows:
    """The result of a query, fetched as a whole when it is iterated."""

    def __init__(self, view: View, cursor: Callable[[Any], Any]) -> None:
        self._view, self._cursor = view, cursor

    def sort(self, *order: Any) -> "Rows":
        """As the driver's."""
        return Rows(self._view, lambda documents: self._cursor(documents).sort(*order))

    def limit(self, most: int) -> "Rows":
        """As the driver's."""
        return Rows(self._view, lambda documents: self._cursor(documents).limit(most))

    async def __aiter__(self) -> AsyncIterator[Document]:
        for row in await self._view.read(lambda documents: self._cursor(documents).to_list(None)):
            yield row
