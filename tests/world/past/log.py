"""A log that another version wrote, as the bytes on its topics; this version reads, replays and folds it.

A line of its file is a record ({topic, partition, key, value}), but for the first, which holds the keys, and the last,
which holds the read models as that version folded them. Whoever reads has nothing else of that version.
"""

import base64
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from shared.bus.topics import topic_name
from shared.codec import Codec
from shared.decider import Decider, checkpoint
from shared.decider.mark import MARK, Mark, read_mark
from shared.decider.partition import Partition
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.keystore import Wrapped
from shared.projector import Item, Projection
from shared.projector.folding import by_document, fold
from shared.sealing import KeyRing
from tests.world.checkpoints import run
from tests.world.keys import MemoryKeys
from tests.world.machine import product
from tests.world.sealed import FOR_EVER, MASTER

AWAY = {"command_outcomes"}
"""Collections built from topics that no world writes."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it is stored on its topic; without a value it deletes its key."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers = ()

    @property
    def kind(self) -> str:
        """The kind of topic that it is on: events, commands, state …"""
        return self.topic.split(".")[2]


@dataclass(frozen=True, slots=True)
class Past:
    """The whole log. `models` is collection → documents, as that version folded them."""

    keys: dict[str, Any]
    records: list[StoredRecord]
    models: dict[str, Any]

    @classmethod
    def read(cls, file: Path) -> "Past":
        """Read a file that `writing` wrote."""
        head, *lines = lzma.decompress(file.read_bytes()).splitlines()
        *rows, models = [orjson.loads(line) for line in lines]
        return cls(orjson.loads(head), list(_written(rows)), models)

    def ring(self) -> KeyRing:
        """A key ring with the keys of the log, in a new store."""
        store = MemoryKeys()
        wrapped = {id: Wrapped(base64.b64decode(key), *rest) for id, (key, *rest) in self.keys.items() if key}
        run(store.add(wrapped))
        run(store.destroy(id for id, (key, *_) in self.keys.items() if not key))
        return KeyRing(store, MASTER, FOR_EVER)

    def on(self, topic: str, partition: int | None = None) -> list[StoredRecord]:
        """The records of a topic, or of one partition of it."""
        return [each for each in self.records if each.topic == topic and partition in (None, each.partition)]

    def messages(self) -> list[StoredRecord]:
        """All records that are envelopes."""
        return [each for each in self.records if each.kind not in ("state", "definitions")]

    def definitions(self) -> Definitions:
        """The definitions, as a reader of their topics knows them at the end."""
        definitions_read = Definitions()
        for record in (each for each in self.records if each.kind == "definitions"):
            definitions_read = definitions_read.applied(record.key.decode(), record.value or b"")
        return definitions_read

    def checkpointed(self, decider: Decider[Any], number: int) -> Iterator[tuple[Partition[Any], Mark]]:
        """The partition restored from each of its checkpoints, in order, with the mark of that checkpoint."""
        stands: dict[str, bytes] = {}
        for record in self.on(topic_name(decider.name, "state"), number):
            key = record.key.decode()
            if record.value is None:
                stands.pop(key)
            elif key != f"{MARK}-{number}":
                stands[key] = record.value
            else:
                memory: Partition[Any] = Partition(decider, f"{decider.name}-{number}")
                if decider.state is not None:
                    run(checkpoint.restore(memory, decider.state, dict(stands), self.ring()))
                yield memory, read_mark(record.value)

    def replayed(self, decider: Decider[Any], number: int) -> Iterator[Partition[Any]]:
        """The partition replayed from its events, after each of them."""
        memory: Partition[Any] = Partition(decider, f"{decider.name}-{number}")
        records = self.on(topic_name(decider.name, "events"), number)
        for record, event in zip(records, run(Codec(self.ring()).decode(records)), strict=True):
            assert isinstance(event, Envelope), event
            memory.replay(event, record.offset)
            yield memory

    def folded(self) -> dict[str, Any]:
        """Collection → documents, as this version folds them."""
        read = run(Codec(self.ring()).read(self.messages()))
        items = [_item(record, raw, message) for record, (raw, message) in zip(self.messages(), read, strict=True)]
        models = {
            f"{service.name}.{projection.collection}": _documents(projection, items)
            for service in product()[1]
            for projection in service.collections
            if projection.collection not in AWAY
        }
        plain: dict[str, Any] = orjson.loads(orjson.dumps(models, default=str, option=orjson.OPT_NON_STR_KEYS))
        return plain


def _written(rows: Iterable[dict[str, Any]]) -> Iterator[StoredRecord]:
    ends: dict[tuple[str, int], int] = {}
    for each in rows:
        place = each["topic"], each["partition"]
        ends[place] = ends.get(place, -1) + 1
        value = None if each["value"] is None else orjson.dumps(each["value"])
        yield StoredRecord(*place, ends[place], each["key"].encode(), value)


def _item(record: StoredRecord, raw: dict[str, Any], message: Any) -> Item:
    assert isinstance(message, Envelope), message
    place = record.topic, record.partition, record.offset
    return Item(*place, raw, None, message, message.recorded, len(record.value or b""))


def _documents(projection: Projection, items: list[Item]) -> dict[str, Any]:
    """Fold the items as the runtime does: a projection of every type gets records without a decoded envelope."""
    if projection.types is None:
        items = [replace(item, envelope=None) for item in items]
    documents: dict[str, Any] = {}
    for item in items:
        documents |= fold(projection, by_document(projection, [item]), documents)
    return {id: document for id, document in documents.items() if document is not None}
