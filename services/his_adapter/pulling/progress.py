"""Read positions of polled sources: written to Kafka, shown by `GET /his/v1/feeds`."""

from typing import Any

from services.his_adapter.formats.common.storing import note
from shared.contracts.his_adapter import FeedAdvanced
from shared.host.deps import Deps


class Trouble(Exception):
    """A source cannot be read for now; the text says why."""


class Progress:
    """Read position of one source, kept by the process that polls it. `name` is `feed/<id>` or `table/<id>`.

    `next_look`: when to poll again. `seen`: digests of the rows that the next poll of a view may return again; `met`:
    those of the current poll. `standing`: the last reported problem with the source itself.
    """

    def __init__(self, deps: Deps, name: str) -> None:
        self._deps, self.name = deps, name
        self._at: dict[str, Any] | None = None
        self.next_look = 0.0
        self.standing = ""
        self.seen: dict[str, Any] = {}
        self.met: dict[str, Any] = {}

    async def position(self) -> dict[str, Any]:
        """Return the current position, read from the projection at first, which may lag behind the last `note`."""
        if self._at is None:
            document = await self._deps.database["feeds"].find_one({"_id": self.name})
            self._at = dict(document["position"]) if document else {}
        return self._at

    async def note(self, position: dict[str, Any], **more: Any) -> None:
        """Store a new position on Kafka. `more` are further fields of `FeedAdvanced`."""
        await note(self._deps, FeedAdvanced(at=self._deps.clock(), feed=self.name, position=position, **more))
        self._at = position
