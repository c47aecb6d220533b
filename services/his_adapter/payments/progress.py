"""How far the bills of a platform were compared: written to Kafka, shown by `GET /his/v1/feeds`."""

from datetime import date
from typing import Any
from uuid import uuid4

from services.his_adapter.payments.definitions import Provider
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_spread
from shared.contracts.his_raw import FeedAdvanced
from shared.envelope import Envelope
from shared.host.deps import Deps


class Progress:
    """The last day whose bill was compared, kept by the process that compares bills."""

    def __init__(self, deps: Deps, provider: Provider) -> None:
        self._deps, self.name = deps, str(provider.any_version)
        self._position: dict[str, str | int] | None = None

    async def day(self) -> date | None:
        """Return the last compared day, or None before the first; read from the projection at first."""
        position = await self._stored()
        return date.fromisoformat(str(position["day"])) if "day" in position else None

    async def _stored(self) -> dict[str, str | int]:
        if self._position is None:
            document = await self._deps.database["feeds"].find_one({"_id": self.name})
            self._position = dict(document["position"]) if document else {}
        return self._position

    async def compared(self, day: date, lines: int) -> None:
        """Store that the bill of a day, which has so many lines, was compared."""
        self._position = {"day": day.isoformat()}
        await self._note(self._position, since=day.isoformat(), read=lines)

    async def report(self, trouble: str) -> None:
        """Store why the next bill cannot be compared."""
        await self._note(await self._stored(), trouble=trouble)

    async def _note(self, position: dict[str, str | int], **more: Any) -> None:
        now, id = self._deps.clock(), str(uuid4())
        event = FeedAdvanced(at=now, feed=self.name, position=position, **more)
        envelope = Envelope(event, id, "/careloop/his-adapter", now, now, correlation_id=id, causation_id=id)
        [value], _ = await self._deps.codec.sealed([envelope])
        partitions = self._deps.settings.kafka.partitions
        await send_spread(
            self._deps.producer, topic_name("his-adapter", "raw"), partitions, [Out(event.key, value, [])]
        )
