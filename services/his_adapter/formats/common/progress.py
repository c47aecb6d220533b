"""How far each source that we read was read: noted on Kafka, shown by `GET /his/v1/feeds`."""

from typing import Any

from services.his_adapter.formats.common.storing import note
from shared.contracts.his_adapter import FeedAdvanced
from shared.host.deps import Deps


class Trouble(Exception):
    """A source cannot be read on for now; the text says why."""


class Progress:
    """One source's position, as its reader keeps it. `name` is `feed/<id>` or `table/<id>`.

    `next_look` is when to look again; `mark` which version of a watch its decider was told of. `seen` are the rows that
    the next look at a view can meet again, `met` those that the present one has met, by their digests. `standing` is
    the trouble with the source itself that was noted last.
    """

    def __init__(self, deps: Deps, name: str) -> None:
        self._deps, self.name = deps, name
        self._at: dict[str, Any] | None = None
        self.next_look = 0.0
        self.mark: Any = None
        self.standing = ""
        self.seen: dict[str, Any] = {}
        self.met: dict[str, Any] = {}

    async def position(self) -> dict[str, Any]:
        """Where we are; of what another process read, where its last note says, or a little before."""
        if self._at is None:
            found = await self._deps.database["feeds"].find_one({"_id": self.name})
            self._at = dict(found["position"]) if found else {}
        return self._at

    async def note(self, position: dict[str, Any], **more: Any) -> None:
        """From now on we are here. `more` are fields of `FeedAdvanced`."""
        await note(self._deps, FeedAdvanced(at=self._deps.clock(), feed=self.name, position=position, **more))
        self._at = position
