"""Who at a terminal was shown whom: on record before a command prints it."""

import asyncio
import os
import pwd
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from deploy.cli.context import UserError
from shared import mongo
from shared.audit import NotRecorded, Recorder, Seen
from shared.bus.clients import producer, start, stop
from shared.bus.producer import Producer
from shared.clock import SharedClock
from shared.codec import Codec
from shared.contracts.audit import MOST_PERSONS, PersonsAccessed, Purpose
from shared.host.deps import key_ring, spool
from shared.settings import Settings
from shared.settings_kafka import Kafka

Why = Annotated[Purpose, typer.Option("--purpose", help="why you look: goes into the access event")]
NAME = "command-line"
"""What access events and their spool call us. Their topic is that of contacts, who shows them."""
PATIENCE = 10.0
"""Seconds until Kafka counts as away."""


def operator() -> str:
    """`user@host`, the user as the operating system knows them and not as the environment says."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


async def record(
    settings: Settings, command: str, purpose: Purpose, persons: Iterable[str] = (), resources: Iterable[str] = ()
) -> None:
    """Return once it is durable that the operator is shown these, then also bring to Kafka what waited for it.

    `resources` as of `PersonsAccessed`. Raises `UserError` where neither Kafka nor the data directory takes it.
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
        resources=tuple(resources)[:MOST_PERSONS],
    )
    async with mongo.connected(settings.mongo.url) as client, _writer(settings.kafka) as writer:
        with closing(key_ring(settings, client)) as ring:
            waiting = spool(NAME, settings, ring)
            recorder = Recorder("contacts", settings.kafka.partitions, Codec(ring), writer, waiting)
            try:
                await recorder.record(access)
            except NotRecorded as error:
                raise UserError(f"{error}: nothing is shown of anybody") from error
            await recorder.bring()


@asynccontextmanager
async def _writer(kafka: Kafka) -> AsyncIterator[Producer | None]:
    """A producer; None where Kafka is away."""
    made = producer(kafka)
    try:
        try:
            async with asyncio.timeout(PATIENCE):
                await start(made)
        except (KafkaError, TimeoutError):
            yield None
        else:
            yield made
    finally:
        await stop(made)
