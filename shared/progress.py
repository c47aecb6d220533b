"""Read positions of polled sources: stored as events on the raw topic, read back from a read model."""

from collections.abc import Callable
from typing import Any, TypeVar

from shared.contracts.base import Event, Part, stored
from shared.host.deps import Deps
from shared.ids import derive
from shared.raw import write_raw

P = TypeVar("P", bound=Part)
Advanced = Callable[..., Event]
"""Makes the event of a new position, of `at`, `feed`, `position`, and `trouble` or what `note` is given as well."""


class Progress:
    """Read position of one source, kept by the process that polls it. `name`: its definition, such as `feed/<id>`.

    `collection`: the read model of positions, in which the documents have the sources' names as ids. The position is a
    model of the reader, `{}` on the topic before the first; its fields that are None are not stored.
    """

    def __init__(self, deps: Deps, collection: str, advanced: Advanced, name: str) -> None:
        self._deps, self._collection, self._advanced, self.name = deps, collection, advanced, name
        self._position: dict[str, str | int] | None = None

    async def position(self, model: type[P]) -> P:
        """Return the current position, read from the read model at first, which may lag behind the last `note`."""
        return stored(model, await self._stored())

    async def note(self, position: Part, **more: Any) -> None:
        """Store a new position on Kafka. `more` are further fields of the event."""
        await self._note(position.model_dump(mode="json", by_alias=True, exclude_none=True), **more)

    async def report(self, trouble: str) -> None:
        """Store, with the current position, why reading cannot go on."""
        await self._note(await self._stored(), trouble=trouble)

    async def _stored(self) -> dict[str, str | int]:
        if self._position is None:
            document = await self._deps.database[self._collection].find_one({"_id": self.name})
            self._position = dict(document["position"]) if document else {}
        return self._position

    async def _note(self, position: dict[str, str | int], **more: Any) -> None:
        """Write the event; its id is derived from its content: the source, the position, and when it was reached."""
        event = self._advanced(at=self._deps.clock(), feed=self.name, position=position, **more)
        await write_raw(self._deps, [(derive(event.wire, event.model_dump_json()), event)], [])
        self._position = position
