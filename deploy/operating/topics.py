"""Topics exist and new groups have their first offsets: what `careloop topics` and the launcher do at first."""

import asyncio
from dataclasses import dataclass

from shared import canary, identity, mongo
from shared.bus import clients, groups, topics
from shared.bus.beginnings import Reads
from shared.bus.topics import Topic
from shared.host.deps import key_ring
from shared.service import Service
from shared.settings import Settings

SETTLING_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was created, and which groups begin."""

    topics: list[str]
    groups: list[str]


def partition_counts(services: list[Service], settings: Settings) -> dict[str, int]:
    """How many partitions each topic of these services has."""
    return {topic.name: topic.partitions or settings.kafka.partitions for topic in every_topic(services, settings)}


def every_topic(services: list[Service], settings: Settings) -> list[Topic]:
    """Every topic these services own, and the system's own."""
    owned = [topic for service in services for topic in service.topics(settings.kafka.transactions)]
    return [canary.TOPIC, groups.TOPIC, identity.TOPIC, *owned]


def every_group(services: list[Service]) -> dict[str, Reads]:
    """Every consumer group of these services."""
    return {group: reads for service in services for group, reads in service.groups().items()}


async def _keys(settings: Settings) -> bool:
    """Keep or check the record of the log's keys; returns whether it is new."""
    async with (
        clients.started(clients.producer(settings.kafka)) as writer,
        mongo.connected(settings.mongo.url) as client,
    ):
        return await canary.keep(settings, key_ring(settings, client), writer)


async def prepare(services: list[Service], settings: Settings, mark_groups: bool = True) -> Prepared:
    """Create missing topics; let new groups begin. Raises `TopicTrouble`, `OtherLog` or `OtherKeys`."""
    kafka = settings.kafka
    wanted = every_topic(services, settings)
    async with clients.admin(kafka) as admin:
        created = await topics.create(admin, wanted, kafka)
        wrong = await topics.differences(admin, wanted, kafka)
        for _ in range(SETTLING_SECONDS * 5):
            if not (wrong and created):
                break
            await asyncio.sleep(0.2)  # a broker learns of topics just created a little later
            wrong = await topics.differences(admin, wanted, kafka)
        if wrong:
            raise topics.TopicTrouble("; ".join(wrong))
    await identity.keep(kafka, [topic.name for topic in wanted])
    fresh = await _keys(settings)
    if not mark_groups:
        return Prepared(created, [])
    counts = partition_counts(services, settings)
    return Prepared(created, await groups.settle(kafka, every_group(services), counts, fresh))
