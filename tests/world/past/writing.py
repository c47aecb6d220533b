"""`python -m tests.world.past.writing FILE`: play the story on the code of this version, and write its log.

What a running system would have on its topics: sealed records, the definitions in force, and checkpoints, one after
each step of the story. `tests/world/old/README.md` says when to run it.
"""

import base64
import lzma
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from shared.bus.topics import topic_name
from shared.bus.writing import Out
from shared.decider.saving import Saving
from tests.world.checkpoints import run
from tests.world.machine import World, product
from tests.world.past import care, hospital
from tests.world.past.log import Past
from tests.world.past.story import Story
from tests.world.sealed import SealedLog, SealedRecord

State = tuple[str, int, str, bytes | None]


def played() -> tuple[World, list[State]]:
    """Play the story; returns the world at its end and the checkpoints after each step."""
    states: list[State] = []
    story = Story(lambda world: states.extend(_checkpoints(world)))
    for patients in (care.stays, care.facts, care.waited, care.calls, care.humans):
        patients(story)
    for asked in (hospital.directory, hospital.requests, hospital.payments, hospital.packets, hospital.watches):
        asked(story)
    for later in (care.answers, care.messages, care.access, care.read, care.erased):
        later(story)
    return story.world, states


def lines(world: World, states: list[State]) -> Iterator[bytes]:
    """The keys, then every record: those on compacted topics by key, the rest in order."""
    log = world.log
    assert isinstance(log, SealedLog)
    records = [*_messages(log), *_definitions(world), *states]
    keys = {
        id: [base64.b64encode(key.key).decode(), key.kid, key.until] if key else [None]
        for id, key in sorted(log.store._keys.items())
    }
    yield orjson.dumps(keys)
    for topic, partition, key, value in records:
        yield orjson.dumps(
            {"topic": topic, "partition": partition, "key": key, "value": orjson.loads(value) if value else None}
        )


def _messages(log: SealedLog) -> Iterator[tuple[str, int, str, bytes]]:
    for place in sorted(log.records):
        for record in log.records[place]:
            assert isinstance(record, SealedRecord)
            yield *place, "", record.value


def _definitions(world: World) -> Iterator[tuple[str, int, str, bytes]]:
    for each in world.definitions.all():
        topic = topic_name(type(each).owner, "definitions")
        yield topic, 0, each.ref, orjson.dumps(each.model_dump(mode="json"))
        current: Any = {"version": world.definitions.current_version(each.kind, each.id)}
        yield topic, 0, f"{each.kind}/{each.id}", orjson.dumps(current)


def _checkpoints(world: World) -> Iterator[State]:
    log = world.log
    assert isinstance(log, SealedLog)
    for name, deciding in sorted(world.deciders.items()):
        for place in log.places(deciding.events):
            memory = deciding.memory(place.partition)
            if memory.dirty:
                memory.next_event = log.end(place)
                for out in run(_saved(Saving(deciding.decider, memory, place.partition), log)):
                    yield topic_name(name, "state"), place.partition, out.key, out.value


async def _saved(saving: Saving, log: SealedLog) -> list[Out]:
    outs = await saving.records(log.here)
    while not saving.done:
        outs += await saving.records(log.here)
    return outs


def main(file: Path) -> None:
    """Write the log; then what this version folds of it."""
    product()
    written = list(lines(*played()))
    file.write_bytes(lzma.compress(b"\n".join([*written, b"{}"])))
    models = Past.read(file).folded()
    file.write_bytes(lzma.compress(b"\n".join([*written, orjson.dumps(models)]), preset=9))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
