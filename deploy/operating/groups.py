"""Move a consumer group to other offsets (`careloop topics --group`)."""

from aiokafka import TopicPartition

from deploy.operating.topics import every_group, partition_counts
from shared.bus import groups
from shared.bus.groups import Place
from shared.bus.topics import TopicTrouble
from shared.service import Service
from shared.settings import Settings


async def restart(services: list[Service], settings: Settings, group: str, topic: str | None, place: Place) -> None:
    """Set the offsets of a stopped group, on one topic or on all that it reads. Raises `TopicTrouble`."""
    reads_of = every_group(services)
    if group not in reads_of:
        raise TopicTrouble(f"there is no group {group}: choose from {', '.join(sorted(reads_of))}")
    topics = reads_of[group].topics
    if topic is not None and topic not in topics:
        raise TopicTrouble(f"{group} does not read {topic}, only {', '.join(topics)}")
    partitions = partition_counts(services, settings)
    tps = [TopicPartition(name, n) for name in topics if topic in (None, name) for n in range(partitions[name])]
    await groups.restart(settings.kafka, group, tps, place)
