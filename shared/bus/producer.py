"""A producer that is replaced after errors, and refuses records that no broker would accept.

A refused record leaves a gap in the sequence numbers of an idempotent producer: the broker then refuses all later ones
(OutOfOrderSequenceNumber). A process has one producer, so it is replaced at its next use.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced, UnknownError
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from shared.bus.topics import most_bytes

log = logging.getLogger(__name__)
BATCH_BYTES = 61
"""Overhead of a record batch in bytes."""


class RecordTooLarge(Exception):
    """A record that its topic would refuse. Nothing was sent."""

    def __init__(self, topic: str, size: int, most: int) -> None:
        super().__init__(f"a record of {size} bytes is more than the {most} that {topic} takes")
        self.topic, self.size, self.most = topic, size, most


class Producer:
    """The part of aiokafka's producer that we use. A transactional one is not replaced: an error ends its partition."""

    def __init__(self, make: Callable[[], AIOKafkaProducer], transactional: bool) -> None:
        self._make, self._transactional = make, transactional
        self._producer: AIOKafkaProducer = None
        self._retired: set[asyncio.Task[None]] = set()
        self._broken = False
        self._replacing = asyncio.Lock()

    async def start(self) -> None:
        """Start; with transactions this fences the former owner."""
        self._producer = self._make()
        await self._producer.start()

    async def stop(self) -> None:
        """Send what is buffered, then stop."""
        if self._producer is not None:
            await self._producer.stop()
        retired = tuple(self._retired)
        for task in retired:
            task.cancel()
        await asyncio.gather(*retired, return_exceptions=True)

    async def send(
        self, topic: str, value: bytes | None, key: bytes, partition: int, headers: Sequence[tuple[str, bytes]] = ()
    ) -> "asyncio.Future[Any]":
        """Send one record; the future has its offset. Raises `RecordTooLarge`."""
        size = BATCH_BYTES + DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, list(headers))
        if size > (most := most_bytes(topic)):
            raise RecordTooLarge(topic, size, most)
        producer = await self._sound()
        return self._watched(
            producer, await producer.send(topic, value, key=key, partition=partition, headers=list(headers))
        )

    def create_batch(self) -> Any:
        """An empty batch for `send_batch`."""
        return self._producer.create_batch()

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        """Send a batch; the future has the offset of its first record."""
        producer = await self._sound()
        return self._watched(producer, await producer.send_batch(batch, topic, partition=partition))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """A transaction: committed at the end of the block, aborted by an exception.

        Raises `ProducerFenced` if a newer producer has its transactional id. At the moment of the commit Kafka 4.1
        answers that with UNKNOWN_SERVER_ERROR ("PREPARE_COMMIT while … PREPARE_EPOCH_FENCE") and commits nothing.
        """
        try:
            async with self._producer.transaction():
                yield
        except KafkaError as error:
            if isinstance(error.__cause__, UnknownError):
                raise ProducerFenced from error
            raise

    async def begin_transaction(self) -> None:
        """Begin a transaction by hand."""
        await self._producer.begin_transaction()

    async def abort_transaction(self) -> None:
        """Abort a transaction."""
        await self._producer.abort_transaction()

    async def send_offsets_to_transaction(self, offsets: Any, group: str) -> None:
        """Commit a group's offsets with the transaction."""
        await self._producer.send_offsets_to_transaction(offsets, group)

    async def _sound(self) -> AIOKafkaProducer:
        if self._transactional or not self._unsound():
            return self._producer
        async with self._replacing:
            if self._unsound():
                fresh = await self._fresh()
                retired = asyncio.create_task(_end(self._producer))
                self._retired.add(retired)
                retired.add_done_callback(self._gone)
                self._producer, self._broken = fresh, False
        return self._producer

    async def _fresh(self) -> AIOKafkaProducer:
        producer = self._make()
        try:
            await producer.start()
        except BaseException:  # an unfinished start would leave connections open
            await producer.stop()
            raise
        return producer

    def _unsound(self) -> bool:
        task = self._producer._sender.sender_task
        return self._broken or task is None or task.done()

    def _watched(self, producer: AIOKafkaProducer, future: "asyncio.Future[Any]") -> "asyncio.Future[Any]":
        def ended(done: "asyncio.Future[Any]") -> None:
            if not done.cancelled() and (error := done.exception()) and producer is self._producer:
                log.warning("a record was not written (%s): the producer is replaced", type(error).__name__)
                self._broken = True

        future.add_done_callback(ended)
        return future

    def _gone(self, task: "asyncio.Task[None]") -> None:
        self._retired.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("a replaced producer did not end well: %s", type(error).__name__)


async def _end(producer: AIOKafkaProducer) -> None:
    """Stop a broken producer; its connections are closed even if it cannot stop by itself."""
    try:
        await producer.stop()
    finally:
        await producer.client.close()
