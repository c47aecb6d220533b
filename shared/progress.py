"""Read positions of polled sources: stored as events on the raw topic, read back from the read model `feeds`."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.his_raw import FEEDS, FeedAdvanced
from shared.host.deps import Deps
from shared.ids import derive
from shared.raw import write_raw


class Progress:
    """Read position of one source, kept by the process that polls it. `name`: its definition, such as `feed/<id>`."""

    def __init__(self, deps: Deps, name: str) -> None:
        self._deps, self.name = deps, name
        self._position: dict[str, str | int] | None = None

    async def position(self) -> dict[str, str | int]:
        """Return the current position, read from the read model at first, which may lag behind the last `note`."""
        if self._position is None:
            document = await self._deps.database[FEEDS].find_one({"_id": self.name})
            self._position = dict(document["position"]) if document else {}
        return self._position

    async def note(self, position: Mapping[str, str | int], **more: Any) -> None:
        """Store a new position on Kafka. `more` are further fields of `FeedAdvanced`.

        The id of the event is derived from its content: the source, the position, and when it was reached.
        """
        advanced = FeedAdvanced(at=self._deps.clock(), feed=self.name, position=dict(position), **more)
        await write_raw(self._deps, [(derive(FeedAdvanced.wire, advanced.model_dump_json()), advanced)], [])
        self._position = dict(position)

    async def report(self, trouble: str) -> None:
        """Store, with the current position, why reading cannot go on."""
        await self.note(await self.position(), trouble=trouble)
