"""A log that lacks an event, or has one that nobody can read: the place is named, nothing is guessed."""

from uuid import uuid4

import pytest

from deploy.operating.dlq import letters
from deploy.operating.rebuild import CannotRebuild, Rebuild
from shared.bus.clients import partition_of, producer
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.codec import Codec
from shared.decider.partition import SequenceGap
from shared.settings import Settings
from shared.testing import envelope
from tests.support.counter import AT, Counted, Running, named, running

pytestmark = pytest.mark.wiring


async def write_event(
    parts: Settings, worker: Running, service: str, event: Counted, sequence: int, wire: str = ""
) -> None:
    """An event straight into the log, as only a decider should."""
    writer = producer(parts.kafka)
    await writer.start()
    [value] = await Codec(worker.deps.ring).encode([envelope(event, sequence=sequence)])
    if wire:
        value = value.replace(f'"{Counted.wire}"'.encode(), f'"{wire}"'.encode())
    partition = partition_of(event.counter, 2)
    await send_groups(writer, topic_name(service, "events"), partition, [[Out(event.counter, value)]])
    await writer.stop()


async def test_a_gap_in_the_log_refuses_to_serve_and_names_the_place(parts: Settings) -> None:
    counter, gappy = uuid4().hex, named("gappy")
    async with running(parts, service=gappy) as worker:
        await write_event(parts, worker, "gappy", Counted(at=AT, counter=counter, by=1), 5)
    async with running(parts, "decider", service=gappy) as worker:
        assert isinstance(worker.failures[0], SequenceGap)
        assert f"{counter} jumps from sequence 0 to 5" in str(worker.failures[0])


@pytest.mark.parametrize(
    ("name", "sequence", "wire", "words"),
    [
        ("torn", 3, "", "jumps from sequence 1 to 3: events are missing"),
        ("newer", 2, "careloop.counter.counted.v9", "careloop.counter.counted.v9' is not in the contracts"),
    ],
)
async def test_a_rebuild_of_a_damaged_log_stops_and_names_the_place(
    parts: Settings, name: str, sequence: int, wire: str, words: str
) -> None:
    counter, service = uuid4().hex, named(name)
    async with running(parts, "projector", service=service) as worker:
        await write_event(parts, worker, name, Counted(at=AT, counter=counter, by=1), 1)
        await write_event(parts, worker, name, Counted(at=AT, counter=counter, by=1), sequence, wire)
        await worker.rest()
        shown = await worker.total(counter)
        with pytest.raises(CannotRebuild, match=words) as stopped:
            await Rebuild(service, service.projections[0], parts, worker.deps.mongo, worker.deps.codec).run()
        assert f"{topic_name(name, 'events')}-{partition_of(counter, 2)} offset 1" in str(stopped.value)
        assert await worker.total(counter) == shown
        kept = [letter for _, letter in (await letters(parts, [service])).values()]
        assert [letter.reason for letter in kept] == (["unknown-type"] if wire else [])
