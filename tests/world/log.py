"""Topics in memory: the records that Kafka would keep, and which workers read them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.bus.clients import partition_of
from shared.envelope import Envelope

if TYPE_CHECKING:
    from tests.world.worker import Worker


class Place(NamedTuple):
    """A topic partition."""

    topic: str
    partition: int


_partition = lru_cache(maxsize=4096)(partition_of)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A record with its topic partition and offset."""

    place: Place
    offset: int
    envelope: Envelope[Any]
    written: datetime


@dataclass
class Log:
    """Every topic partition as a list; offsets are its indexes. `awake` are the workers that have something to read.

    As the codec of a running service does, each reader is given only the types it wants.
    """

    partitions: int
    single: frozenset[str]
    records: dict[Place, list[Record]] = field(default_factory=lambda: defaultdict(list))
    workers: list["Worker"] = field(default_factory=list)
    awake: list["Worker"] = field(default_factory=list)
    _readers: dict[tuple[str, type[Any]], list["Worker"]] = field(default_factory=dict)

    def count(self, topic: str) -> int:
        """The number of partitions of a topic."""
        return 1 if topic in self.single else self.partitions

    def places(self, topic: str) -> list[Place]:
        """All partitions of a topic."""
        return [Place(topic, number) for number in range(self.count(topic))]

    def place_of(self, topic: str, key: str) -> Place:
        """The partition of a key."""
        return Place(topic, _partition(key, self.count(topic)))

    def append(self, place: Place, envelopes: Sequence[Envelope[Any]], now: datetime) -> None:
        """Append records to a partition, in order."""
        records = self.records[place]
        for envelope in envelopes:
            record = self.written(place, len(records), envelope, now)
            records.append(record)
            for reader in self._readers_of(place.topic, type(envelope.data)):
                if not reader.waiting:
                    self.awake.append(reader)
                reader.waiting.setdefault(place, []).append(record)

    def written(self, place: Place, offset: int, envelope: Envelope[Any], now: datetime) -> Record:
        """The record as it is stored on its topic."""
        return Record(place, offset, envelope, now)

    def decided(self, record: Record) -> Envelope[Any]:
        """A command as a decider reads it."""
        return record.envelope

    def _readers_of(self, topic: str, model: type[Any]) -> list["Worker"]:
        if (topic, model) not in self._readers:
            wanting = [worker for worker in self.workers if issubclass(model, worker.reads.get(topic, ()))]
            self._readers[topic, model] = wanting
        return self._readers[topic, model]

    def end(self, place: Place) -> int:
        """The offset the next record will get."""
        return len(self.records[place])

    def every(self, topic: str) -> list[Record]:
        """All records of a topic, partition by partition."""
        return [record for place in self.places(topic) for record in self.records[place]]
