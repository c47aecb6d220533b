"""Create topics and set the first offsets of new consumer groups, for `careloop topics` and the launcher."""

import asyncio
from dataclasses import dataclass

from console.live import presence
from shared import canary, identity, mongo
from shared.bus import clients, groups, topics
from shared.bus.beginnings import Reads
from shared.bus.topics import Topic
from shared.host.deps import key_ring
from shared.service import Service
from shared.settings import Settings

SETTLING_SECONDS = 15
"""Seconds to wait until the broker reports topics that were just created."""


@dataclass(frozen=True, slots=True)
class PreparedTopics:
    """The created topics, and the new consumer groups."""

    topics: list[str]
    groups: list[str]


def partition_counts(services: list[Service], settings: Settings) -> dict[str, int]:
    """Return topic → number of partitions, for all topics of these services."""
    return {topic.name: topic.partitions or settings.kafka.partitions for topic in every_topic(services, settings)}


def every_topic(services: list[Service], settings: Settings) -> list[Topic]:
    """Return the topics that these services own, that of the console, and those of the whole system."""
    owned = [topic for service in services for topic in service.topics(settings.kafka.transactions)]
    return [canary.TOPIC, groups.TOPIC, identity.TOPIC, presence.TOPIC, *owned]


def every_group(services: list[Service]) -> dict[str, Reads]:
    """Return consumer group → what it reads, for all groups of these services."""
    return {group: reads for service in services for group, reads in service.groups().items()}


async def _keys(settings: Settings) -> bool:
    """Write or check the log's record of its keys; return whether it is new. Raises `OtherKeys`."""
    async with (
        clients.started(clients.producer(settings.kafka)) as writer,
        mongo.connected(settings.mongo.url) as client,
    ):
        return await canary.keep(settings, key_ring(settings, client), writer)


async def prepare(services: list[Service], settings: Settings, mark_groups: bool = True) -> PreparedTopics:
    """Create missing topics and set offsets of new groups. Raises `TopicTrouble`, `OtherLog` or `OtherKeys`."""
    kafka = settings.kafka
    wanted = every_topic(services, settings)
    async with clients.admin(kafka) as admin:
        created = await topics.create(admin, wanted, kafka)
        wrong = await topics.differences(admin, wanted, kafka)
        for _ in range(SETTLING_SECONDS * 5):
            if not (wrong and created):
                break
            await asyncio.sleep(0.2)  # a broker reports new topics with a delay
            wrong = await topics.differences(admin, wanted, kafka)
        if wrong:
            raise topics.TopicTrouble("; ".join(wrong))
    await identity.keep(kafka, [topic.name for topic in wanted])
    fresh = await _keys(settings)
    if not mark_groups:
        return PreparedTopics(created, [])
    partitions = partition_counts(services, settings)
    return PreparedTopics(created, await groups.settle(kafka, every_group(services), partitions, fresh))
