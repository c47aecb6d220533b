"""Topics in memory: what Kafka keeps, and who has read how far."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from shared.bus.clients import partition_of
from shared.envelope import Envelope


class Place(NamedTuple):
    """A topic partition."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One record where it stands."""

    place: Place
    offset: int
    envelope: Envelope[Any]
    written: datetime


@dataclass
class Log:
    """Every topic partition as a list; offsets are its indexes. `readers` are woken when something is appended."""

    partitions: int
    single: frozenset[str]
    records: dict[Place, list[Record]] = field(default_factory=lambda: defaultdict(list))
    readers: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    awake: set[Any] = field(default_factory=set)

    def count(self, topic: str) -> int:
        """How many partitions a topic has."""
        return 1 if topic in self.single else self.partitions

    def places(self, topic: str) -> list[Place]:
        """All partitions of a topic."""
        return [Place(topic, number) for number in range(self.count(topic))]

    def place_of(self, topic: str, key: str) -> Place:
        """Where a key's records go."""
        return Place(topic, partition_of(key, self.count(topic)))

    def append(self, place: Place, envelopes: list[Envelope[Any]], now: datetime) -> int:
        """Append in order; returns the offset of the first."""
        records = self.records[place]
        first = len(records)
        records.extend(Record(place, first + at, envelope, now) for at, envelope in enumerate(envelopes))
        if envelopes:
            self.awake.update(self.readers[place.topic])
        return first

    def end(self, place: Place) -> int:
        """The offset the next record will get."""
        return len(self.records[place])

    def every(self, topic: str) -> list[Record]:
        """All records of a topic, partition by partition."""
        return [record for place in self.places(topic) for record in self.records[place]]
