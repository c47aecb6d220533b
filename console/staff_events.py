"""What contacts' events say of staff at the console, so that every process obeys within a second and after a restart.

Following them costs no request, where asking contacts at each click or try would cost one, and a console whose contacts
is away still knows who is locked. Only what is not personal is read; the topic has a few events a day and member of
staff, so from its beginning.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from aiokafka import TopicPartition

from console.session import Session
from shared.bus.following import follow
from shared.bus.group import Fatal
from shared.bus.topics import topic_name
from shared.clock import real_time
from shared.contracts.contacts_desks import DESKS, SessionsEnded, StaffLocked, StaffUnlocked
from shared.pulse import Pulse
from shared.settings_kafka import Kafka

log = logging.getLogger(__name__)


class StaffEvents:
    """Whose sessions are over, and who is locked. Nobody is signed in, or signs in, until it is `ready`."""

    def __init__(self, kafka: Kafka, fatal: Fatal) -> None:
        self._kafka, self._fatal = kafka, fatal
        self.partition = TopicPartition(topic_name(DESKS, "events"), 0)
        self._before: dict[str, datetime] = {}
        self._locked: dict[str, datetime] = {}
        self._unlocked: dict[str, datetime] = {}
        self.ready, self.pulse = asyncio.Event(), Pulse()

    def over(self, session: Session) -> bool:
        """Whether this session is over, or cannot be told to be open yet."""
        before = self._before.get(session.staff_id)
        return not self.ready.is_set() or (before is not None and session.begun < before.timestamp())

    def locked(self, staff_id: str) -> datetime | None:
        """Until when no password is tried for a member of staff (real time); None if they are not locked now."""
        until = self._locked.get(staff_id)
        return until if until is not None and real_time() < until else None

    def unlocked(self, staff_id: str) -> str:
        """The last time somebody lifted a lock of theirs; "" if nobody did. Tries from before count no longer."""
        at = self._unlocked.get(staff_id)
        return at.isoformat() if at else ""

    async def run(self) -> None:
        """Follow the topic until cancelled."""
        await follow(self._kafka, [self.partition], self._record, self.ready, self.pulse, self._fatal)

    def _record(self, record: Any) -> None:
        self.take(record.value)

    def take(self, value: Any) -> None:
        """Take a record of the topic."""
        try:
            event = orjson.loads(value)
            self._apply(event["type"], event["data"])
        except (ValueError, TypeError, KeyError) as error:
            log.error("passed over an event of %s: %s", self.partition.topic, type(error).__name__)

    def _apply(self, type: str, data: Mapping[str, Any]) -> None:
        match type:
            case SessionsEnded.wire:
                self._before[data["staff_id"]] = datetime.fromisoformat(data["begun_before"])
            case StaffLocked.wire:
                self._locked[data["staff_id"]] = datetime.fromisoformat(data["until"])
            case StaffUnlocked.wire:
                self._locked.pop(data["staff_id"], None)
                self._unlocked[data["staff_id"]] = datetime.fromisoformat(data["unlocked"])
