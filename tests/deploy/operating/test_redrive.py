"""A dead letter is sent again as is right for whoever refused it, and marked only when it was."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest

from deploy.operating.dlq import NoSuchLetter, letters
from deploy.operating.letter_index import LetterIndex
from deploy.operating.rebuild import Rebuild
from deploy.operating.redrive import Redrive
from shared import mongo
from shared.actor import system
from shared.bus.clients import partition_of
from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.codec import Codec
from shared.contracts.base import Command
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused
from shared.service import Service
from shared.settings import Settings
from shared.testing import envelope
from tests.support.counter import AT, SERVICE, TOTALS, Count, Counted, Running, running, shown

pytestmark = pytest.mark.wiring
BROKEN: set[str] = set()
"""Counters on which the policy has a bug for now."""


def service(name: str) -> Service:
    """A counter on topics of its own, whose policy repeats each count on the counter `echo-<name>`."""

    def echo(event: Envelope[Counted], definitions: Definitions) -> Sequence[Command]:
        counter = event.data.counter
        if counter in BROKEN:
            raise ZeroDivisionError("a bug")
        if counter.startswith("echo"):
            return []
        return [Count(id=caused(event, "echo"), at=event.data.at, counter=f"echo-{counter}", by=event.data.by)]

    policies = (Policy("echo", (name,), (Counted,), echo, name), Policy("idle", (name,), (Counted,), _idle, name))
    decider = replace(SERVICE.deciders[0], name=name)
    counting = replace(SERVICE, name=name, deciders=(decider,), policies=policies, definitions_from=(name,))
    return replace(counting, projections=(replace(TOTALS, sources=(name,)),))


def _idle(event: Envelope[Counted], definitions: Definitions) -> Sequence[Command]:
    return []


async def redrive(
    parts: Settings, worker: Running, id: str, repaired: bytes | None = None, came: list[bytes] | None = None
) -> tuple[bool, str]:
    """Redrive a letter as `careloop dlq redrive` does; values sent to an intake are appended to `came`."""

    async def send(value: bytes) -> tuple[bool, str]:
        (came if came is not None else []).append(value)
        return True, "taken"

    placed = await LetterIndex(parts, [worker.deps.service]).whole(id)
    assert placed
    place, letter = placed
    return await Redrive(parts, [worker.deps.service], worker.deps.mongo, worker.deps.ring, send).run(
        place, letter, repaired
    )


async def waiting(parts: Settings, worker: Running) -> dict[str, Any]:
    """The letters not redriven yet, by the role of their reader."""
    kept = [letter for _, letter in (await letters(parts, [worker.deps.service])).values() if not letter.redriven]
    return {letter.reader.rpartition(".")[2]: letter for letter in kept}


async def events(parts: Settings, name: str) -> list[dict[str, Any]]:
    """Everything on the events topic."""
    tps = service(name).partitions("events", parts.kafka.partitions)
    return [orjson.loads(r.value) async for records in read_to_end(parts.kafka, tps) for r in records]


async def asked(worker: Running, counter: str, by: int) -> None:
    """Send a command to the service and wait until nothing lags."""
    name = worker.deps.service.name
    command = Count(id=uuid4().hex, at=AT, counter=counter, by=by)
    await worker.deps.sender.send(name, [(worker.deps.sender.envelope(name, command, actor=system("test")), [])])
    await worker.rest()


async def test_of_a_policys_letter_the_commands_are_sent_and_no_event_is_doubled(parts: Settings) -> None:
    BROKEN.add("a")
    async with running(parts, "decider", "projector", service=service("redriven")) as worker:
        await asked(worker, "a", 5)
        letter = (await waiting(parts, worker))["policies"]
        assert (letter.reason, letter.detail) == ("policy-failed", "ZeroDivisionError in echo")
        redriven, detail = await redrive(parts, worker, letter.id)
        assert (redriven, detail) == (False, "not redriven: it was refused again: ZeroDivisionError in echo")
        assert (await waiting(parts, worker)).keys() == {"policies"}
        BROKEN.clear()
        redriven, detail = await redrive(parts, worker, letter.id)
        assert redriven, detail
        assert "sent 1 commands" in detail
        await worker.rest()
        assert await waiting(parts, worker) == {}
        assert (await worker.total("a"), await worker.total("echo-a")) == (5, 5)
        log = await events(parts, "redriven")
        assert sorted(event["data"]["counter"] for event in log) == ["a", "echo-a"]
        assert len({event["id"] for event in log}) == len(log)


async def test_a_projectors_letter_is_done_once_its_collection_was_rebuilt_by_who_can_read_it(parts: Settings) -> None:
    name, counter = "reread", "newer"
    async with running(parts, "projector", service=service(name)) as worker:
        [value] = await Codec(worker.deps.ring).encode([envelope(Counted(at=AT, counter=counter, by=4))])
        value = value.replace(b"counted.v1", b"counted.v8")
        partition = partition_of(counter, 2)
        await send_groups(worker.deps.producer, topic_name(name, "events"), partition, [[Out(counter, value)]])
        await worker.rest()
        letter = (await waiting(parts, worker))["projector"]
        redriven, detail = await redrive(parts, worker, letter.id)
        assert not redriven
        assert f"`careloop rebuild {name}.totals --force`" in detail
        assert f"{topic_name(name, 'events')}-{partition} offset 0" in detail
        assert (await waiting(parts, worker)).keys() == {"projector"}
        assert len(await events(parts, name)) == 1, "the record stays where it is, and alone"
        newer = Codec(worker.deps.ring, {"careloop.counter.counted.v8": lambda data: (Counted.wire, data)})
        [projection] = worker.deps.service.projections
        report = await Rebuild(worker.deps.service, projection, parts, worker.deps.mongo, newer).run(force=True)
        assert (report.swapped, await worker.total(counter)) == (True, 4)
        redriven, detail = await redrive(parts, worker, letter.id)
        assert redriven, detail
        assert await waiting(parts, worker) == {}


async def test_a_letter_of_what_was_too_large_is_done_once_a_rebuild_had_room_for_it(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    padded = replace(TOTALS, sources=("roomy",), fold=lambda *of: {**shown(*of), "much": "x" * 5000})
    wide = replace(service("roomy"), projections=(padded,))
    async with running(parts, "decider", "projector", service=wide) as worker:
        with monkeypatch.context() as patch:
            patch.setattr(mongo, "LARGEST", 4000)  # more than what every service shows of a record
            await asked(worker, "echo", 4)
            letter = (await waiting(parts, worker))["projector"]
            [projection] = worker.deps.service.projections
            rebuild = lambda: Rebuild(worker.deps.service, projection, parts, worker.deps.mongo, worker.deps.codec)  # noqa: E731
            assert (letter.reason, (await rebuild().run()).swapped) == ("too-large", True)
            redriven, detail = await redrive(parts, worker, letter.id)
            assert not redriven
            assert "`careloop rebuild roomy.totals --force`" in detail
        assert (await rebuild().run(force=True)).passed_by == 0
        redriven, detail = await redrive(parts, worker, letter.id)
        assert redriven, detail
        assert await worker.total("echo") == 4


async def test_of_a_deciders_letter_the_command_is_written_again_repaired(parts: Settings) -> None:
    async with running(parts, "decider", "projector", service=service("repaired")) as worker:
        await asked(worker, "p", 13)
        letter = (await waiting(parts, worker))["decider"]
        with pytest.raises(NoSuchLetter, match="it would be refused again"):
            await redrive(parts, worker, letter.id, b"no event")
        command = Count(id=uuid4().hex, at=AT, counter="p", by=12)
        [value] = await Codec(worker.deps.ring).encode(
            [worker.deps.sender.envelope("repaired", command, actor=system("test"))]
        )
        redriven, detail = await redrive(parts, worker, letter.id, value)
        assert redriven, detail
        assert detail.startswith(f"written to {topic_name('repaired', 'commands')}")
        await worker.rest()
        assert (await worker.total("p"), await waiting(parts, worker)) == (12, {})
