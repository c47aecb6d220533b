"""Bringing a partition back: its checkpoint, then the events after it."""

import time
from typing import Any

from aiokafka import TopicPartition

from shared.bus.reading import read_to_end
from shared.bus.topics import topic_name
from shared.codec import Codec, Refusal
from shared.decider import checkpoint
from shared.decider.model import Decider
from shared.decider.partition import Partition
from shared.sealing import KeyRing
from shared.settings import Kafka


class UnreadableLog(Exception):
    """An event of our own cannot be read: the log is damaged or newer than this program."""


async def recover(decider: Decider[Any], partition: int, kafka: Kafka, codec: Codec, ring: KeyRing) -> Partition[Any]:
    """The partition as the log says, ready to decide. Raises `SequenceGap` or `UnreadableLog`."""
    events = TopicPartition(topic_name(decider.service, "events"), partition)
    memory: Partition[Any] = Partition(decider, f"{events.topic}-{partition}")
    mark = checkpoint.Mark(0, -1, decider.state_version)
    if kafka.transactions and decider.state is not None:
        mark = await _load(decider, memory, partition, kafka, ring)
    memory.command_offset = mark.commands
    async for records in read_to_end(kafka, [events], {events: mark.events}):
        for record, event in zip(records, await codec.decode(records), strict=True):
            if isinstance(event, Refusal):
                raise UnreadableLog(f"{events.topic}-{partition} offset {record.offset}: {event.detail}")
            memory.replay(event, record.offset)
    return memory


async def _load(
    decider: Decider[Any], memory: Partition[Any], partition: int, kafka: Kafka, ring: KeyRing
) -> checkpoint.Mark:
    state = TopicPartition(topic_name(decider.service, "state"), partition)
    found: dict[str, bytes] = {}
    async for records in read_to_end(kafka, [state]):
        found.update({record.key.decode(): record.value for record in records})
    raw = found.pop(f"{checkpoint.MARK}-{partition}", None)
    fresh = checkpoint.Mark(0, -1, decider.state_version)
    mark = checkpoint.read_mark(raw) if raw else fresh
    if mark.version != decider.state_version or decider.state is None:
        return fresh
    await checkpoint.restore(memory, decider.state, found, ring)
    return mark


class Rhythm:
    """When to write a checkpoint: every 5 s or 20,000 events, whichever is first."""

    def __init__(self, seconds: float = 5.0, events: int = 20_000) -> None:
        self._seconds, self._limit = seconds, events
        self._since, self._events = time.monotonic(), 0

    def due(self, events: int) -> bool:
        """Count `events` more; True when it is time, and then the count starts again."""
        self._events += events
        if self._events == 0 or (self._events < self._limit and time.monotonic() - self._since < self._seconds):
            return False
        self._since, self._events = time.monotonic(), 0
        return True
