"""Recovery of a partition: its checkpoint, the events after it, then the origins of the commands after it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from aiokafka import TopicPartition

from shared.bus.clients import lookup, started
from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.codec import Codec, Refusal
from shared.decider import checkpoint
from shared.decider.mark import MARK, Mark, read_mark
from shared.decider.model import Decider
from shared.decider.partition import Partition
from shared.origin import origin_in
from shared.sealing import KeyRing
from shared.settings_kafka import Kafka


class UnreadableLog(Exception):
    """An event of our own cannot be read: the log is damaged, or newer than this program."""


async def recover(
    decider: Decider[Any], partition: int, kafka: Kafka, codec: Codec, ring: KeyRing, group: str
) -> Partition[Any]:
    """The partition as of the end of the log. Raises `SequenceGap` or `UnreadableLog`."""
    events = TopicPartition(topic_name(decider.name, "events"), partition)
    memory: Partition[Any] = Partition(decider, f"{events.topic}-{partition}")
    mark = await _load(decider, memory, partition, kafka, ring)
    memory.command_offset, memory.highs, memory.next_event = mark.commands, mark.origins, mark.events
    async for records in read_to_end(kafka, [events], {events: mark.events}):
        await replay(memory, records, codec)
    await _origins(memory, TopicPartition(topic_name(decider.name, "commands"), partition), mark, kafka, group)
    return memory


async def replay(memory: Partition[Any], records: Iterable[Any], codec: Codec) -> None:
    """Apply events of the log. Raises `SequenceGap` or `UnreadableLog`."""
    async for batch in checkpoint.slices(records):
        for record, event in zip(batch, await codec.decode(batch), strict=True):
            if isinstance(event, Refusal):
                raise UnreadableLog(f"{record.topic}-{record.partition} offset {record.offset}: {event.detail}")
            memory.replay(event, record.offset)


async def _origins(memory: Partition[Any], commands: TopicPartition, mark: Mark, kafka: Kafka, group: str) -> None:
    """Learn the origins of commands handled after the mark: a no-op or a rejection left no event."""
    until = max(await _committed(kafka, group, commands), memory.command_offset + 1)
    start = mark.commands + 1
    if start >= until:
        return
    async for records in read_to_end(kafka, [commands], {commands: start}, {commands: until}):
        async for batch in checkpoint.slices(records):
            for record in batch:
                if record.offset < until:
                    memory.first_time(origin_in(record.value))


async def _committed(kafka: Kafka, group: str, tp: TopicPartition) -> int:
    """The committed offset of the group; its former owner is fenced by now."""
    async with started(lookup(kafka, group)) as consumer:
        return await consumer.committed(tp) or 0


async def _load(decider: Decider[Any], memory: Partition[Any], partition: int, kafka: Kafka, ring: KeyRing) -> Mark:
    """The last mark, after putting its state into `memory`; state of another version is ignored."""
    fresh = Mark(0, -1, decider.state_version)
    if not kafka.transactions:
        return fresh
    state = TopicPartition(topic_name(decider.name, "state"), partition)
    rows: dict[str, bytes] = {}
    async for records in read_to_end(kafka, [state]):
        for record in records:
            if record.value is None:
                rows.pop(record.key.decode(), None)
            else:
                rows[record.key.decode()] = record.value
    raw = rows.pop(f"{MARK}-{partition}", None)
    mark = read_mark(raw) if raw else fresh
    if mark.version != decider.state_version or decider.state is None:
        return replace(mark, events=0)
    await checkpoint.restore(memory, decider.state, rows, ring)
    return mark
