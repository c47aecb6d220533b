"""Builds all aiokafka clients, so that they have the same settings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.partitioner import murmur2

from shared.bus import offset_errors, reconnect, refusal
from shared.bus.producer import Producer
from shared.settings_kafka import Kafka
from shared.tls import client_context

MEBI = 1 << 20
START_SECONDS = 5.0
"""How long a cancelled start may take to finish."""
SHORT_WAIT_MS = 100
"""How long a broker holds a fetch when there is nothing to read: where places change often, and a seek waits for it.

The embedded broker looks again only when the wait is over.
"""
LONG_WAIT_MS = 500
"""The same where a consumer stays open and mostly waits: Kafka answers as soon as there is something."""
reconnect.apply()
refusal.apply()
offset_errors.apply()


def connection(kafka: Kafka) -> dict[str, Any]:
    """Addresses and credentials, as keyword arguments of any aiokafka client. Raises `UnusableTls`."""
    password = kafka.sasl_password.get_secret_value() if kafka.sasl_password else None
    return {
        "bootstrap_servers": kafka.bootstrap_servers,
        "security_protocol": kafka.security_protocol,
        "ssl_context": client_context(kafka) if kafka.tls else None,
        "sasl_mechanism": kafka.sasl_mechanism,
        "sasl_plain_username": kafka.sasl_username,
        "sasl_plain_password": password,
    }


def producer(kafka: Kafka, transactional_id: str | None = None) -> Producer:
    """A producer that waits for all replicas. `retry_backoff_ms=5` keeps transactions from sleeping 100 ms each."""
    safe = kafka.transactions

    def make() -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **connection(kafka),
            acks="all",
            transactional_id=transactional_id if safe else None,
            enable_idempotence=safe,
            transaction_timeout_ms=10_000,
            retry_backoff_ms=5,
            max_batch_size=MEBI,
            max_request_size=32 * MEBI,
            linger_ms=0,
        )

    return Producer(make, transactional=safe and transactional_id is not None)


def group_consumer(kafka: Kafka, group: str) -> AIOKafkaConsumer:
    """A member of a consumer group that commits by hand and reads committed records."""
    return AIOKafkaConsumer(
        **_reading(kafka, waits=True),
        group_id=group,
        session_timeout_ms=kafka.session_timeout_ms,
        heartbeat_interval_ms=max(kafka.session_timeout_ms // 4, 500),
        rebalance_timeout_ms=60_000,
        max_poll_interval_ms=300_000,
        retry_backoff_ms=20,
        partition_assignment_strategy=(RangePartitionAssignor,),
    )


def groupless_consumer(kafka: Kafka, uncommitted: bool = False, waits: bool = False) -> AIOKafkaConsumer:
    """A consumer without a group; the caller assigns partitions and seeks. `waits`: it stays open for what comes."""
    isolation = {"isolation_level": "read_uncommitted"} if uncommitted else {}
    return AIOKafkaConsumer(**{**_reading(kafka, waits), **isolation})


def lookup(kafka: Kafka, group: str) -> AIOKafkaConsumer:
    """A consumer that reads or commits a group's offsets without joining it."""
    return AIOKafkaConsumer(**connection(kafka), group_id=group, enable_auto_commit=False)


@asynccontextmanager
async def started(client: Any) -> AsyncIterator[Any]:
    """A started client that is stopped at the end of the block."""
    try:
        await start(client)
        yield client
    finally:
        await stop(client)


async def start(client: Any) -> None:
    """Start a client. If cancelled, wait for the start to finish, as an unfinished one would leave connections open."""
    starting = asyncio.create_task(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting}, timeout=START_SECONDS)
        starting.cancel()
        await asyncio.wait({starting})
        raise


async def stop(client: Any) -> None:
    """Stop a client. A consumer that waits for a broker may raise the cancellation of its own fetch: ignore that."""
    try:
        await client.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise


@asynccontextmanager
async def admin(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client that is closed at the end of the block."""
    client = AIOKafkaAdminClient(**connection(kafka))
    try:
        await start(client)
        yield client
    finally:
        await client.close()


def _reading(kafka: Kafka, waits: bool) -> dict[str, Any]:
    return {
        **connection(kafka),
        "isolation_level": "read_committed",
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "max_partition_fetch_bytes": 4 * MEBI,
        "fetch_max_wait_ms": LONG_WAIT_MS if waits and kafka.transactions else SHORT_WAIT_MS,
        "check_crcs": False,
    }


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, as Java's default partitioner computes it (murmur2)."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)
