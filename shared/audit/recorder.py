"""Writes audit events, durable on return: to Kafka, else to the spool, which is emptied later."""

import asyncio
import logging
import time
from collections import OrderedDict
from uuid import uuid4

from aiokafka.errors import KafkaError

from shared.audit.spool import Spool
from shared.bus.producer import Producer
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_spread
from shared.codec import Codec
from shared.contracts.audit import PersonsAccessed
from shared.envelope import Envelope, parse

log = logging.getLogger(__name__)
MAX_KAFKA_WAIT_SECONDS, RETRY_SECONDS = 2.0, 10.0
"""Seconds until Kafka counts as away, and until the next attempt."""
SAME_SECONDS, REMEMBERED = 60.0, 10_000
"""How long repeated accesses are one event, and how many accesses are remembered."""


class NotRecorded(Exception):
    """Neither Kafka nor the disk accepted an audit event: the answer must not be sent."""


class Recorder:
    """The recorder of one process, for the topic of `service`; `producer` is None if Kafka was away at the start."""

    def __init__(self, service: str, partitions: int, codec: Codec, producer: Producer | None, spool: Spool) -> None:
        self._topic, self._partitions = topic_name(service, "audit"), partitions
        self._codec, self._producer, self._spool = codec, producer, spool
        self._known: OrderedDict[tuple[object, ...], float] = OrderedDict()
        self._away_until = 0.0

    async def record(self, access: PersonsAccessed) -> None:
        """Return when the event is durable, or was within the last minute. Raises `NotRecorded`."""
        access_key = tuple(value for name, value in access if name != "at")
        now = time.monotonic()
        if now - self._known.get(access_key, -SAME_SECONDS) < SAME_SECONDS:
            return
        id = str(uuid4())
        envelope = Envelope(access, id, f"/careloop/{access.service}", access.at, access.at, id, id)
        [value] = await self._codec.encode([envelope])
        try:
            if not await self._sent(access.reader, value):
                await self._spool.add(id, value)
        except OSError as error:
            raise NotRecorded(f"who is shown what cannot be recorded ({error.strerror or error})") from error
        self._known[access_key] = now
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _sent(self, reader: str, value: bytes) -> bool:
        if self._producer is None or time.monotonic() < self._away_until:
            return False
        try:
            async with asyncio.timeout(MAX_KAFKA_WAIT_SECONDS):
                await send_spread(self._producer, self._topic, self._partitions, [Out(reader, value)])
        except (KafkaError, TimeoutError) as error:
            log.warning("an access event waits in the spool: %s", type(error).__name__)
            self._away_until = time.monotonic() + RETRY_SECONDS
            return False
        return True

    async def drain(self) -> None:
        """Move spooled events to Kafka, for ever. Raises OSError at once if the spool is unusable."""
        await self._spool.open()
        while True:
            await self.bring()
            await asyncio.sleep(RETRY_SECONDS / 2)

    async def bring(self) -> None:
        """Move spooled events to Kafka, oldest first, while it accepts them. Repeats are harmless: events have ids."""
        for id, value in await self._spool.oldest():
            if not await self._sent(parse(value)["subject"], value):
                return
            await asyncio.to_thread(self._spool.taken, id)
