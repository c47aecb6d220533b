"""Whether the topics are still those this system was built from: one that was deleted and created anew is another one.

Its ids are recorded beside the keys' record, at the first `careloop topics` or `up`; every process compares them before
it serves. See docs/adr/0017.
"""

from collections.abc import Iterable

import orjson
from aiokafka import TopicPartition

from shared.bus.clients import producer, started
from shared.bus.reading import read_to_end
from shared.bus.topic_ids import topic_ids
from shared.bus.topics import KINDS, Topic
from shared.bus.writing import Out, send_groups
from shared.incarnation import OtherLog
from shared.settings_kafka import Kafka

TOPIC = Topic("careloop.system.topics.v1", KINDS["state"], 1)


async def check(kafka: Kafka, names: Iterable[str]) -> dict[str, str]:
    """The ids of topics that are not recorded yet. Raises `OtherLog` where a topic has another id than its record.

    The embedded broker has no ids and needs none: its topics live as long as the run that names its log.
    """
    if not kafka.transactions:
        return {}
    now = await topic_ids(kafka, [*names, TOPIC.name])
    if TOPIC.name not in now:  # an installation from before this record
        return now
    record: dict[str, str] = {}
    async for records in read_to_end(kafka, [TopicPartition(TOPIC.name, 0)]):
        record |= {row["topic"]: row["id"] for row in (orjson.loads(one.value) for one in records)}
    if other := sorted(name for name, id in now.items() if record.get(name, id) != id):
        raise OtherLog(
            f"{', '.join(other)} was deleted and created anew, but other data was built from what it held: restore it, "
            f"or drop what was built from it and say `careloop topics --anew {other[0]}`"
        )
    return {name: id for name, id in now.items() if name not in record}


async def keep(kafka: Kafka, names: Iterable[str]) -> None:
    """Record the ids of topics that have no record yet. Raises `OtherLog`."""
    await _write(kafka, await check(kafka, names))


async def accept(kafka: Kafka, name: str) -> None:
    """From now on a topic is the one that it is now, whatever it was."""
    await _write(kafka, await topic_ids(kafka, [name]))


async def _write(kafka: Kafka, ids: dict[str, str]) -> None:
    if not ids:
        return
    async with started(producer(kafka)) as writer:
        rows = [[Out(name, orjson.dumps({"topic": name, "id": id}))] for name, id in sorted(ids.items())]
        await send_groups(writer, TOPIC.name, 0, rows)
