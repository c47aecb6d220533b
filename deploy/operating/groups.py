"""Moving a consumer group to a place that somebody chose: what `careloop topics --group` does."""

from aiokafka import TopicPartition

from deploy.operating.topics import every_group, partition_counts
from shared.bus import groups
from shared.bus.groups import Place
from shared.bus.topics import TopicTrouble
from shared.service import Service
from shared.settings import Settings


async def restart(services: list[Service], settings: Settings, group: str, topic: str | None, place: Place) -> None:
    """Make a group go on at a place that somebody chose, on one topic or on all it reads. Raises `TopicTrouble`."""
    known = every_group(services)
    if group not in known:
        raise TopicTrouble(f"there is no group {group}: choose from {', '.join(sorted(known))}")
    read = known[group].topics
    if topic is not None and topic not in read:
        raise TopicTrouble(f"{group} does not read {topic}, only {', '.join(read)}")
    counts = partition_counts(services, settings)
    tps = [TopicPartition(name, n) for name in read if topic in (None, name) for n in range(counts[name])]
    await groups.restart(settings.kafka, group, tps, place)
