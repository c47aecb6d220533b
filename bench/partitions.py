"""Deciders and projectors at 1, 2 and 4 partitions, a process each, as a cluster runs them."""

from aiokafka import TopicPartition

from bench.measure import Measure
from bench.streams import COMMANDS, EVENTS, end_of, fill, passed
from deploy.operating.topics import prepare
from shared.bus.clients import lookup
from shared.contracts.base import changed
from shared.settings import Settings
from tests.support.counter import SERVICE
from tests.support.workers import workers

SOURCES = {"decider": COMMANDS.topic, "projector": EVENTS.topic}
WARM = 0.2


async def growth(settings: Settings, role: str, partitions: int, count: int) -> Measure:
    """Records a second of so many processes, after the first fifth."""
    settings = changed(settings, kafka=changed(settings.kafka, partitions=partitions))
    await prepare([SERVICE], settings)
    tps = [TopicPartition(SOURCES[role], number) for number in range(partitions)]
    for tp in tps:
        await fill(settings, tp, count // partitions)
    total = sum([await end_of(settings, tp) for tp in tps])
    with workers(settings, role, partitions):
        found = await rate(settings, f"counter.{role}", tps, total)
    return Measure(f"{role}_{partitions}", f"{role}: partitions, and a process each: {partitions}", found, "records/s")


async def rate(settings: Settings, group: str, tps: list[TopicPartition], total: int) -> float:
    """Records a second of a group from outside, by what it commits: from the first fifth to the end."""
    consumer = lookup(settings.kafka, group)
    await consumer.start()
    try:
        began, first = await passed(consumer, tps, total * WARM)
        ended, last = await passed(consumer, tps, total)
    finally:
        await consumer.stop()
    return (last - first) / (ended - began)
