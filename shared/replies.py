"""Request and reply over Kafka: an API process sends a command and waits for its outcome."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.bus.clients import groupless_consumer, start, stop
from shared.bus.group import Fatal
from shared.envelope import Unreadable
from shared.outcomes import Outcome, command_of, read
from shared.pulse import Pulse
from shared.settings_kafka import Kafka

log = logging.getLogger(__name__)


class Replies:
    """Consumes the outcomes of some partitions from now on, without a group, and wakes those that wait."""

    def __init__(self, kafka: Kafka, partitions: Iterable[TopicPartition], fatal: Fatal) -> None:
        self._kafka, self._tps, self._fatal = kafka, list(partitions), fatal
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._consumer: AIOKafkaConsumer = None
        self.ready, self.pulse = asyncio.Event(), Pulse()

    async def run(self) -> None:
        """Consume until cancelled."""
        self._consumer = groupless_consumer(self._kafka, waits=True)
        try:
            await start(self._consumer)
            await self._assign()
            self.ready.set()
            while True:
                self.pulse.beat()
                batch = await self._consumer.getmany(timeout_ms=500, max_records=2000)
                for records in batch.values():
                    for record in records:
                        self._deliver(record)
        except Exception as error:
            self._fatal(error)
            raise
        finally:
            self.pulse.rest()
            await stop(self._consumer)

    async def _assign(self) -> None:
        self._consumer.assign(self._tps)
        for tp, end in (await self._consumer.end_offsets(self._tps)).items():
            self._consumer.seek(tp, end)

    def _deliver(self, record: Any) -> None:
        try:
            future = self._waiting.pop(command_of(record.value), None)
            if future and not future.done():
                future.set_result(read(record.value))
        except (Unreadable, ValueError, TypeError, AttributeError, KeyError) as error:  # it is of no request here
            place = f"{record.topic}-{record.partition} offset {record.offset}"
            log.error("passed over %s, which is no outcome: %s", place, type(error).__name__)

    async def answer(self, command_id: str, sent: Awaitable[None], seconds: float) -> Outcome | None:
        """The outcome of the command that `sent` sends, or None after `seconds`. Raises what `sent` raises.

        The wait begins before the command is sent, so that a fast outcome is not missed.
        """
        future = self._waiting.setdefault(command_id, asyncio.get_running_loop().create_future())
        try:
            await sent
            done, _ = await asyncio.wait({future}, timeout=seconds)
            return future.result() if done else None
        finally:
            if self._waiting.get(command_id) is future:
                del self._waiting[command_id]
