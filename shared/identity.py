"""Checks that the topics are those this system was built from, and were not deleted and created again.

Their ids are recorded beside the record of the keys at the first `careloop topics` or `up`; every process compares them
before it serves. See docs/adr/0017.
"""

from collections.abc import Iterable

import orjson
from aiokafka import TopicPartition

from shared.bus.clients import producer, started
from shared.bus.consuming import read_to_end
from shared.bus.topic_ids import topic_ids
from shared.bus.topics import TOPIC_SETTINGS, Topic
from shared.bus.writing import Out, send_groups
from shared.incarnation import OtherLog
from shared.settings_kafka import Kafka

TOPIC = Topic("careloop.system.topics.v1", TOPIC_SETTINGS["state"], 1)


async def check(kafka: Kafka, names: Iterable[str]) -> dict[str, str]:
    """The ids of topics without a record. Raises `OtherLog` if a topic has another id than recorded.

    The embedded broker has no ids; its topics live as long as the process.
    """
    if not kafka.transactions:
        return {}
    current = await topic_ids(kafka, [*names, TOPIC.name])
    if TOPIC.name not in current:  # an installation older than this record
        return current
    record: dict[str, str] = {}
    async for records in read_to_end(kafka, [TopicPartition(TOPIC.name, 0)]):
        record |= {row["topic"]: row["id"] for row in (orjson.loads(one.value) for one in records)}
    if replaced := sorted(name for name, id in current.items() if record.get(name, id) != id):
        raise OtherLog(
            f"{', '.join(replaced)} was deleted and created anew, but other data was built from what it held: restore "
            f"it, or drop what was built from it and say `careloop topics --anew {replaced[0]}`"
        )
    return {name: id for name, id in current.items() if name not in record}


async def keep(kafka: Kafka, names: Iterable[str]) -> None:
    """Record the ids of topics that have no record yet. Raises `OtherLog`."""
    await _write(kafka, await check(kafka, names))


async def accept(kafka: Kafka, name: str) -> None:
    """Record the current id of a topic, whatever was recorded before."""
    await _write(kafka, await topic_ids(kafka, [name]))


async def _write(kafka: Kafka, ids: dict[str, str]) -> None:
    if not ids:
        return
    async with started(producer(kafka)) as writer:
        rows = [[Out(name, orjson.dumps({"topic": name, "id": id}))] for name, id in sorted(ids.items())]
        await send_groups(writer, TOPIC.name, 0, rows)
