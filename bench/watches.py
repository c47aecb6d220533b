"""What a silence watch costs: HL7 messages until their commands are decided, with a watch in force and without one.

Each message of the source is a command to the watch and an outcome, beside the commands of its facts.
"""

import time
from collections.abc import Sequence

from aiokafka import TopicPartition

from bench.intake import feed
from bench.measure import Measure
from bench.streams import end_of, passed
from deploy.catalogue import load_all
from deploy.operating.topics import prepare
from deploy.publishing.definition_store import compare, published, write
from services.his_adapter.watches.definitions import Watch
from services.his_adapter.watches.domain import WATCHES
from shared.bus.clients import lookup
from shared.bus.topics import topic_name
from shared.contracts.base import changed
from shared.settings import Settings
from tests.support.workers import Hospital

CONNECTIONS = 50
WATCH = Watch(id="bench", version=1, source="HIS/CITY")
COMMANDS = [TopicPartition(topic_name(WATCHES.name, "commands"), 0)]


async def alone(settings: Settings, count: int) -> list[Measure]:
    """The intake and decider roles of his_adapter; without the watch is measured before and after."""
    await prepare(load_all(settings), settings)
    decider, intake = Hospital(settings, "decider"), Hospital(settings)
    try:
        await decider.start()
        await intake.start()
        await _rates(settings, intake.port, count // 10)
        before = await _rates(settings, intake.port, count)
        await _publish(settings, WATCH, intake.port)
        watched = await _rates(settings, intake.port, count)
        await _publish(settings, changed(WATCH, status="retired"), intake.port)
        after = await _rates(settings, intake.port, count)
    finally:
        intake.kill()
        decider.kill()
    names = ("acknowledged", "decided")
    rows = zip(names, watched, before, after, strict=True)
    return [
        Measure(f"watch_{name}", f"MLLP, a watch in force: {name}", ours, "messages/s", (one + two) / 2, "without it")
        for name, ours, one, two in rows
    ]


async def _rates(settings: Settings, port: int, count: int) -> tuple[float, float]:
    """Messages a second until acknowledged, and until the policies and the watch have done with them."""
    began = time.monotonic()
    acknowledged, _ = await feed(port, CONNECTIONS, count)
    raw = [TopicPartition(topic_name("his-adapter", "raw"), each) for each in range(settings.kafka.partitions)]
    await _done(settings, "his-adapter.policies", raw)
    await _done(settings, f"{WATCHES.name}.decider", COMMANDS)
    return acknowledged, count / (time.monotonic() - began)


async def _done(settings: Settings, group: str, tps: Sequence[TopicPartition]) -> None:
    """Wait until a group has committed all that stands on its partitions now."""
    end = sum([await end_of(settings, tp) for tp in tps])
    consumer = lookup(settings.kafka, group)
    await consumer.start()
    try:
        await passed(consumer, list(tps), end)
    finally:
        await consumer.stop()


async def _publish(settings: Settings, watch: Watch, port: int) -> None:
    """Publish a version of the watch; returns once the policies go by it."""
    await write(settings, compare([watch], await published(settings.kafka)), "bench")
    wanted = watch.status == "published"
    while True:
        before = await end_of(settings, COMMANDS[0])
        await _rates(settings, port, 1)
        if (await end_of(settings, COMMANDS[0]) > before) is wanted:
            return
