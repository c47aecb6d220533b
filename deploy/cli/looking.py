"""Record which persons an operator sees at the terminal, before a command prints them."""

import asyncio
import os
import pwd
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from deploy.catalogue import owner_of
from deploy.cli.context import UserError
from shared import mongo
from shared.audit import NotRecorded, Recorder, Seen
from shared.bus.clients import producer, start, stop
from shared.bus.producer import Producer
from shared.clock import SharedClock
from shared.codec import Codec
from shared.contracts.audit import MAX_PERSONS, PersonsAccessed, PurposeOfUse
from shared.host.deps import key_ring, spool
from shared.settings import Settings
from shared.settings_kafka import Kafka

Why = Annotated[PurposeOfUse, typer.Option("--purpose", help="the purpose of the access, for the access event")]
NAME = "command-line"
"""The `service` of access events recorded here. They are written to the topic of the service that lists accesses."""
MAX_KAFKA_WAIT_SECONDS = 10.0
"""Seconds to wait for Kafka before the event is spooled."""


def operator() -> str:
    """Return `user@host`; the user is that of the process, not of environment variables."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


async def record(
    settings: Settings, command: str, purpose: PurposeOfUse, persons: Iterable[str] = (), resources: Iterable[str] = ()
) -> None:
    """Record that the operator is shown `persons`; return once the event is durable, in Kafka or in the spool.

    Events that wait in the spool are sent to Kafka too. `resources` as in `PersonsAccessed`. Raises `UserError` if the
    event can be stored neither in Kafka nor in the data folder.
    """
    shown = Seen()
    shown.add(persons)
    access = PersonsAccessed(
        at=SharedClock(settings.clock_file)(),
        reader=operator(),
        reader_type="user",
        service=NAME,
        route=f"careloop {command}",
        purpose=purpose,
        result="shown",
        persons=shown.persons,
        more=shown.more,
        resources=tuple(resources)[:MAX_PERSONS],
    )
    async with mongo.connected(settings.mongo.url) as client, _writer(settings.kafka) as writer:
        with closing(key_ring(settings, client)) as ring:
            spooled = spool(NAME, settings, ring)
            recorder = Recorder(owner_of("accesses").slug, settings.kafka.partitions, Codec(ring), writer, spooled)
            try:
                await recorder.record(access)
            except NotRecorded as error:
                raise UserError(f"{error}: nothing is shown of anybody") from error
            await recorder.bring()


@asynccontextmanager
async def _writer(kafka: Kafka) -> AsyncIterator[Producer | None]:
    """Yield a started producer, or None if Kafka does not answer."""
    writer = producer(kafka)
    try:
        try:
            async with asyncio.timeout(MAX_KAFKA_WAIT_SECONDS):
                await start(writer)
        except (KafkaError, TimeoutError):
            yield None
        else:
            yield writer
    finally:
        await stop(writer)
