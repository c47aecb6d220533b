"""A log that another version wrote, as bytes: what it holds was handled by that version, and this one goes on.

`old/` holds such logs. Records are as they stand on their topics, but in clear: the world seals nothing.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson

from shared.codec import Codec
from shared.envelope import Envelope
from shared.origin import origin_attributes
from shared.sealing import KeyRing
from tests.world import World
from tests.world.checkpoints import run
from tests.world.keys import MemoryKeys
from tests.world.log import Place, Record
from tests.world.projecting import ProjectionWorker
from tests.world.timing import TimerWorker

OLD = Path(__file__).parent / "old"


def going_on(name: str, **world: Any) -> World:
    """A world whose deciders and policies have handled all of an old log, and whose read models are built from it."""
    new = World(**world)
    for place, envelope in _read(name):
        record = Record(place, new.log.end(place), envelope, envelope.recorded)
        new.log.records[place].append(record)
        if place.topic.endswith(".events.v1"):
            new.history.append(envelope)
        for worker in new.log.workers:
            if isinstance(worker, ProjectionWorker | TimerWorker) and isinstance(
                envelope.data, worker.reads.get(place.topic, ())
            ):
                worker.waiting.setdefault(place, []).append(record)
    new.log.awake += [worker for worker in new.log.workers if worker.waiting]
    return new.rest()


def again(world: World, name: str) -> None:
    """Send every message of the old log again, byte for byte the same."""
    for place, envelope in _read(name):
        if place.topic.endswith(".raw.v1"):
            world.log.append(place, [envelope], world.now)


@lru_cache
def _read(name: str) -> tuple[tuple[Place, Envelope[Any]], ...]:
    return tuple(_envelopes(name))


def _envelopes(name: str) -> Iterator[tuple[Place, Envelope[Any]]]:
    codec = Codec(KeyRing(MemoryKeys(), b"k" * 32))
    for line in (OLD / f"{name}.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        record = SimpleNamespace(value=orjson.dumps(row["value"]), headers=(), offset=0, **row["place"])
        [envelope] = run(codec.decode([record]))
        assert isinstance(envelope, Envelope), envelope
        yield Place(**row["place"]), envelope


def written(world: World) -> bytes:
    """The log of a world as bytes, for `old/`. Records are ordered by topic; no reader may depend on that order."""
    lines = []
    for place in sorted(world.log.records):
        for record in world.log.records[place]:
            envelope = record.envelope
            data = envelope.data.model_dump(mode="json", exclude={"at"})
            data.pop("id", None)
            value = {
                "specversion": "1.0",
                "id": envelope.id,
                "source": envelope.source,
                "type": type(envelope.data).wire,
                "time": envelope.time,
                "recordedtime": envelope.recorded,
                "correlationid": envelope.correlation_id,
                "causationid": envelope.causation_id,
                "sequence": envelope.sequence,
                "commandoffset": envelope.command_offset,
                "data": data,
            }
            if envelope.origin:
                value |= origin_attributes(envelope.origin)
            lines.append(orjson.dumps({"place": place._asdict(), "value": value}))
    return b"\n".join([*lines, b""])
