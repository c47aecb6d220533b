"""How far the bills of a platform were compared: written to Kafka, shown by `GET /his/v1/feeds`."""

import asyncio
import logging
from datetime import date

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.projections import COMPARED
from shared import progress
from shared.contracts.base import Part
from shared.contracts.his_raw import FeedAdvanced
from shared.host.deps import Deps
from shared.mongo import MongoError

log = logging.getLogger(__name__)
LOOK_SECONDS = 0.5
"""How long to wait until it is looked again how far the read model is."""


class Position(Part):
    """The last day whose bill was compared; None before the first."""

    day: date | None = None


class Progress(progress.Progress):
    """The last day whose bill was compared, kept by the process that compares bills."""

    def __init__(self, deps: Deps, provider: Provider) -> None:
        super().__init__(deps, COMPARED.collection, FeedAdvanced, str(provider.any_version))

    async def day(self) -> date | None:
        """Return the last compared day, or None before the first."""
        return (await self.position(Position)).day

    async def compared(self, day: date, lines: int) -> None:
        """Store that the bill of a day, which has so many lines, was compared."""
        await self.note(Position(day=day), since=day.isoformat(), read=lines)


async def positions_are_read(deps: Deps) -> None:
    """Return once the read model has read every position that was stored before the call.

    While it is built, a provider would seem to have none: its bills would be compared from the first day again, which
    the platform may no longer give out.
    """
    [topic], partitions = COMPARED.topics, range(deps.settings.kafka.partitions)
    until: dict[TopicPartition, int] | None = None
    while True:
        try:
            reached = (await deps.database.positions([COMPARED.collection]))[COMPARED.collection]
            at = {TopicPartition(topic, n): reached.get(f"{topic}-{n}", 0) for n in partitions}
            ends = await deps.lag.ends(at)
            until = until or ends
            if not any(deps.lag.behind(tp, at[tp], end) for tp, end in until.items()):
                return
            log.info("bills are compared once the read model %s has read %s", COMPARED.collection, topic)
        except (KafkaError, MongoError) as error:
            log.warning("bills are not compared for now: %s", type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
