"""Which sessions are over everywhere: follows contacts' events of it, so that every process obeys within a second.

Following them costs no request, where asking contacts at each renewal would cost one a minute and person, and obey a
minute late. Only envelopes and what is not personal is read; the topic has a few events a day, so from its beginning.
"""

import asyncio
import logging
from datetime import datetime
from typing import Any

import orjson
from aiokafka import TopicPartition

from console.session import Session
from shared.bus.following import follow
from shared.bus.group import Fatal
from shared.bus.topics import topic_name
from shared.contracts.contacts_desks import DESKS, SessionsEnded
from shared.pulse import Pulse
from shared.settings_kafka import Kafka

log = logging.getLogger(__name__)


class EndedSessions:
    """Whose sessions are over that began before which time. Nobody is signed in until it is `ready`."""

    def __init__(self, kafka: Kafka, fatal: Fatal) -> None:
        self._kafka, self._fatal = kafka, fatal
        self.partition = TopicPartition(topic_name(DESKS, "events"), 0)
        self._before: dict[str, float] = {}
        self.ready, self.pulse = asyncio.Event(), Pulse()

    def over(self, session: Session) -> bool:
        """Whether this session is over, or cannot be told to be open yet."""
        return not self.ready.is_set() or session.begun < self._before.get(session.staff_id, 0.0)

    async def run(self) -> None:
        """Follow the topic until cancelled."""
        await follow(self._kafka, [self.partition], self._record, self.ready, self.pulse, self._fatal)

    def _record(self, record: Any) -> None:
        self.take(record.value)

    def take(self, value: Any) -> None:
        """Take a record of the topic."""
        try:
            event = orjson.loads(value)
            if event["type"] == SessionsEnded.wire:
                staff_id, before = event["data"]["staff_id"], event["data"]["begun_before"]
                self._before[staff_id] = datetime.fromisoformat(before).timestamp()
        except (ValueError, TypeError, KeyError) as error:
            log.error("passed over an event of %s: %s", self.partition.topic, type(error).__name__)
