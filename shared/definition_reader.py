"""Follows the definitions topics that a role needs; ready when it has read them to the end."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from aiokafka import TopicPartition

from shared.bus.following import follow
from shared.bus.group import Fatal
from shared.bus.topics import topic_name
from shared.definitions import Definitions, UnknownDefinition
from shared.pulse import Pulse
from shared.settings_kafka import Kafka

log = logging.getLogger(__name__)


class DefinitionReader:
    """`snapshot`: the newest immutable set; `position`: topic → next offset."""

    def __init__(self, kafka: Kafka, services: Iterable[str], fatal: Fatal) -> None:
        self._kafka, self._fatal = kafka, fatal
        self._tps = [TopicPartition(topic_name(service, "definitions"), 0) for service in services]
        self.snapshot = Definitions()
        self.position: dict[str, int] = {}
        self.ready, self.pulse = asyncio.Event(), Pulse()

    async def run(self) -> None:
        """Follow the topics until cancelled."""
        await follow(self._kafka, self._tps, self._apply, self.ready, self.pulse, self._fatal)

    def _apply(self, record: Any) -> None:
        try:
            if record.value is not None:
                self.snapshot = self.snapshot.applied(record.key.decode(), record.value)
        except (UnknownDefinition, ValueError, KeyError, AttributeError) as error:  # the previous version stays
            place = f"{record.topic}-{record.partition} offset {record.offset}"
            log.error("passed over %s, which is no definition: %s", place, error)
        self.position[record.topic] = record.offset + 1
