"""Builds the adapters of one process. Tests build the same object with other settings."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from shared import canary, identity, mongo
from shared.audit import Recorder
from shared.audit.spool import Spool
from shared.auth import Verifier
from shared.bus.clients import groupless_consumer, producer, start, stop
from shared.bus.lag import Lag, LagSampler
from shared.bus.producer import Producer
from shared.clock import SharedClock
from shared.codec import Codec
from shared.contracts.upcasters import UPCASTERS
from shared.deadletter import DeadLetters
from shared.definition_reader import DefinitionReader
from shared.incarnation import incarnation_of
from shared.keystore import KeyStore, LocalKeyStore
from shared.policy import CommandSender
from shared.projector.views import Views
from shared.replies import Replies
from shared.sealing import KeyRing
from shared.service import Deps as Deps
from shared.service import Service
from shared.settings import Settings


def key_store(settings: Settings, client: Any) -> KeyStore:
    """The key store that the settings name."""
    return LocalKeyStore(settings.keys.file) if settings.keys.store == "local" else mongo.MongoKeyStore(client)


def key_ring(settings: Settings, client: Any) -> KeyRing:
    """The key ring with that store."""
    keys, term = settings.keys, timedelta(days=settings.keys.unowned_days)
    return KeyRing(key_store(settings, client), keys.master_key, former=keys.former_master_keys, term=term)


def spool(name: str, settings: Settings, ring: KeyRing) -> Spool:
    """The spool for audit events that Kafka cannot accept: in the data folder, under `name`."""
    return Spool(settings.data_dir / "audit" / name, f"audit-spool-{name}", ring)


def _recorder(service: Service, settings: Settings, codec: Codec, writer: Producer, ring: KeyRing) -> Recorder:
    """What writes the access events of a service."""
    topic_of, waiting = service.audited_by or service.slug, spool(service.slug, settings, ring)
    return Recorder(topic_of, settings.kafka.partitions, codec, writer, waiting)


@asynccontextmanager
async def build(service: Service, settings: Settings, fatal: Callable[[BaseException], None]) -> AsyncIterator[Deps]:
    """Start all adapters, and stop them at the end of the block."""
    client = mongo.connect(settings.mongo.url)
    ring, clock = key_ring(settings, client), SharedClock(settings.clock_file)
    codec, views = Codec(ring, UPCASTERS), Views(client[mongo.database_name(service.name)])
    writer = producer(settings.kafka)
    ends, tail = groupless_consumer(settings.kafka, uncommitted=True), groupless_consumer(settings.kafka)
    lag = Lag(ends, tail)
    try:
        for client_ in (writer, ends, tail):
            await start(client_)
        if not await canary.check(settings, ring):
            raise canary.OtherKeys("this log has no record of its keys yet: run `careloop topics`")
        await identity.check(settings.kafka, service.touched(settings.kafka.transactions))
        yield Deps(
            service=service,
            settings=settings,
            clock=clock,
            ring=ring,
            codec=codec,
            producer=writer,
            lag=lag,
            sampler=LagSampler(lag, partial(views.front, [p.collection for p in service.collections]), clock),
            sender=CommandSender(codec, writer, service.partition_counts(settings.kafka.partitions), clock),
            letters=DeadLetters(service.slug, writer, ring, clock),
            definitions=DefinitionReader(settings.kafka, service.definitions_from, fatal),
            replies=Replies(settings.kafka, service.partitions("outcomes", settings.kafka.partitions), fatal),
            mongo=client,
            database=views,
            verifier=Verifier(settings.auth),
            incarnation=await incarnation_of(settings.kafka),
            fatal=fatal,
            audit=_recorder(service, settings, codec, writer, ring),
        )
    finally:
        for client_ in (writer, ends, tail):
            await stop(client_)
        ring.close()
        client.close()
