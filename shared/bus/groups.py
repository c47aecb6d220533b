"""Where consumer groups begin, and the record of which group has read which topic.

Kafka forgets the offsets of a group that was stopped for 7 days: it then looks like a new group. The record (a
compacted system topic) distinguishes the two, so that no group reads history again, or skips it, by itself.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import orjson
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from shared.bus.beginnings import Begins, GroupFacts, GroupVerdict, Reads, verdict
from shared.bus.clients import groupless_consumer, lookup, producer, started
from shared.bus.consuming import know, read_to_end
from shared.bus.topics import TOPIC_SETTINGS, Topic, TopicTrouble
from shared.bus.writing import Out, send_groups
from shared.settings_kafka import Kafka

TOPIC = Topic("careloop.system.groups.v1", TOPIC_SETTINGS["state"], 1)
Place = Literal["beginning", "now"] | datetime
AT_ONCE = 8
"""Groups whose first offsets are committed at the same time."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A group and a topic that it consumes, with the partitions that have offsets and those that have none."""

    group: str
    topic: str
    begins: Begins | None
    present: list[TopicPartition]
    missing: list[TopicPartition]

    @property
    def offsets(self) -> Literal["all", "some", "none"]:
        """For how many partitions it has offsets."""
        return "all" if not self.missing else "some" if self.present else "none"


class Edges(NamedTuple):
    """The offset of a partition's first record, and the one after its last."""

    begin: int
    end: int

    def at(self, place: Literal["beginning", "now"]) -> int:
        """The offset of a place."""
        return self.begin if place == "beginning" else self.end


async def pairs(kafka: Kafka, groups: Mapping[str, Reads], counts: Mapping[str, int]) -> list[Pair]:
    """All groups with all their topics, as Kafka has them now; `counts`: the number of partitions of each topic."""
    result = []
    for group, (topics, begins) in groups.items():
        async with started(lookup(kafka, group)) as consumer:
            for topic in topics:
                tps = [TopicPartition(topic, number) for number in range(counts[topic])]
                missing = [tp for tp in tps if await consumer.committed(tp) is None]
                result.append(Pair(group, topic, begins, [tp for tp in tps if tp not in missing], missing))
    return result


async def recorded(kafka: Kafka) -> set[tuple[str, str]]:
    """All pairs of group and topic on record."""
    pairs_on_record = set()
    async for records in read_to_end(kafka, [TopicPartition(TOPIC.name, 0)]):
        pairs_on_record |= {(row["group"], row["topic"]) for row in (orjson.loads(record.value) for record in records)}
    return pairs_on_record


async def settle(kafka: Kafka, groups: Mapping[str, Reads], counts: Mapping[str, int], fresh: bool) -> list[str]:
    """Give new groups their first offsets and record which group reads which topic; returns groups that began.

    `fresh`: nothing else shows that the system is old. Raises `TopicTrouble` before anything is changed.
    """
    current_pairs, on_record = await pairs(kafka, groups, counts), await recorded(kafka)
    new_system = fresh and not on_record and all(pair.offsets == "none" for pair in current_pairs)
    edges = await _edges(kafka, {tp for pair in current_pairs for tp in pair.missing})
    filled = {tp.topic for tp, edge in edges.items() if edge.begin < edge.end}
    verdicts = [(pair, verdict(_facts(pair, on_record, filled, new_system))) for pair in current_pairs]
    stopping = ("vanished", "undeclared")
    if sentences := [_sentence(pair, decision) for pair, decision in verdicts if decision in stopping]:
        raise TopicTrouble("; ".join(sentences))
    places: dict[str, dict[TopicPartition, int]] = {}
    for pair, decision in verdicts:
        if decision == "beginning" or decision == "now":
            places.setdefault(pair.group, {}).update({tp: edges[tp].at(decision) for tp in pair.missing})
    slots = asyncio.Semaphore(AT_ONCE)

    async def begin(group: str) -> None:
        async with slots:
            await _commit(kafka, group, places[group])

    for failure in await asyncio.gather(*map(begin, places), return_exceptions=True):
        if failure:
            raise failure
    await _record(kafka, {(pair.group, pair.topic) for pair in current_pairs} - on_record)
    return list(places)


async def restart(kafka: Kafka, group: str, partitions: Iterable[TopicPartition], place: Place) -> None:
    """Set the offsets of a group to a place that an operator chose. Raises `TopicTrouble` while it is running."""
    tps = list(partitions)
    await _commit(kafka, group, await _offsets(kafka, tps, place))
    await _record(kafka, {(group, tp.topic) for tp in tps})


def _facts(pair: Pair, read: set[tuple[str, str]], filled: set[str], new_system: bool) -> GroupFacts:
    empty = pair.topic not in filled
    return GroupFacts((pair.group, pair.topic) in read, pair.offsets, pair.begins, empty, new_system)


def _sentence(pair: Pair, what: GroupVerdict) -> str:
    command = f"`careloop topics --group {pair.group} --topic {pair.topic} --from`"
    if what == "vanished":
        return (
            f"group {pair.group} has read {pair.topic}, but Kafka has forgotten how far (it does so after 7 days of "
            f"standstill): restore its offsets, or say where it goes on with {command} and the time of the stop"
        )
    return (
        f"group {pair.group} has never read {pair.topic}, where events stand already, and its code does not declare "
        f"where it begins: say it with {command} beginning, or now"
    )


async def _edges(kafka: Kafka, tps: set[TopicPartition]) -> dict[TopicPartition, Edges]:
    if not tps:
        return {}
    async with started(groupless_consumer(kafka)) as consumer:
        know(consumer, tps)
        begin, end = await consumer.beginning_offsets(list(tps)), await consumer.end_offsets(list(tps))
        return {tp: Edges(begin[tp], end[tp]) for tp in tps}


async def _commit(kafka: Kafka, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    try:
        async with started(lookup(kafka, group)) as consumer:
            consumer.assign(list(offsets))
            await consumer.commit(dict(offsets))
    except CommitFailedError as error:  # Kafka accepts such a commit only for a group without members
        raise TopicTrouble(f"{group} is running, so nobody can say where it begins: stop it and repeat") from error


async def _offsets(kafka: Kafka, tps: list[TopicPartition], place: Place) -> dict[TopicPartition, int]:
    """The offset of a place in each partition; the end where nothing is as late as a time."""
    edges = await _edges(kafka, set(tps))
    if not isinstance(place, datetime):
        return {tp: edges[tp].at(place) for tp in tps}
    async with started(groupless_consumer(kafka)) as consumer:
        know(consumer, tps)
        at = await consumer.offsets_for_times(dict.fromkeys(tps, int(place.timestamp() * 1000)))
    return {tp: int(at[tp].offset) if at[tp] is not None else edges[tp].end for tp in tps}


async def _record(kafka: Kafka, read: set[tuple[str, str]]) -> None:
    if not read:
        return
    async with started(producer(kafka)) as writer:
        rows = [Out(f"{g}/{t}", orjson.dumps({"group": g, "topic": t})) for g, t in sorted(read)]
        await send_groups(writer, TOPIC.name, 0, [[row] for row in rows])
