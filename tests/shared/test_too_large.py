"""What fits no record, batch or document is a dead letter with the reason; the next one is handled."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from deploy.operating.rebuild import Rebuild, RebuildReport
from shared import mongo
from shared.actor import system
from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.bus.writing import Out, TooLarge
from shared.deadletter import read
from shared.decider import checkpoint, runtime
from shared.decider.rhythm import Rhythm
from shared.http import submit_and_wait
from shared.policy import Policy, PolicyPartition, caused
from shared.service import Service
from shared.settings import Settings
from shared.testing import envelope
from tests.support.counter import AT, SERVICE, Count, Counted, Running, named, running

pytestmark = pytest.mark.wiring
LARGE = "c" * (1 << 20)


async def _too_large(*_: Any) -> list[Out]:
    return [Out("c", LARGE.encode())]


async def reasons(parts: Settings, key: str, service: Service = SERVICE) -> list[str]:
    """Why records with that key were refused, as often as it was kept."""
    tps = service.partitions("dlq", parts.kafka.partitions)
    kept = [read(record.value) async for records in read_to_end(parts.kafka, tps) for record in records]
    return [letter.reason for letter in kept if letter.key == key]


async def rebuilt(parts: Settings, worker: Running) -> RebuildReport:
    """What a rebuild of the totals says."""
    [totals] = worker.deps.service.projections
    return await Rebuild(worker.deps.service, totals, parts, worker.deps.mongo, worker.deps.codec).run()


async def test_a_command_whose_events_fit_no_batch_fails_alone(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:
        asked = [worker.ask(uuid4().hex, by, counter) for by in (1, 77, 2, 77, 4)]
        outcomes = await asyncio.gather(*asked)
        assert [(outcome.status, outcome.slug) for outcome in outcomes] == [
            ("accepted", ""),
            ("failed", "too-large"),
            ("accepted", ""),
            ("failed", "too-large"),
            ("accepted", ""),
        ]
        await worker.rest()
        assert await worker.total(counter) == 7
        assert await reasons(parts, counter) == ["too-large", "too-large"]
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 8, counter)
        await worker.rest()
        assert await worker.total(counter) == 15


async def test_an_event_that_makes_a_document_too_large_is_passed_by(parts: Settings) -> None:
    """As MongoDB finds it: the event adds far more than it holds, which no read model does."""
    counter, other, service = uuid4().hex, uuid4().hex, named(f"s{uuid4().hex[:8]}")
    async with running(parts, "decider", "projector", service=service) as worker:
        outcomes = await asyncio.gather(
            worker.ask(uuid4().hex, 1, counter), worker.ask(uuid4().hex, 99, counter), worker.ask(uuid4().hex, 2, other)
        )
        assert {outcome.status for outcome in outcomes} == {"accepted"}
        await worker.rest()
        await worker.ask(uuid4().hex, 4, counter)
        await worker.rest()
        assert (await worker.total(counter), await worker.total(other)) == (5, 2)
        assert await reasons(parts, counter, service) == ["too-large"]


async def test_a_rebuild_passes_the_same_events_by_and_keeps_them_no_second_time(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "LARGEST", 5000)
    counter, service = uuid4().hex, named(f"s{uuid4().hex[:8]}")
    async with running(parts, "decider", "projector", service=service) as worker:
        for by in (1, 99, 4):
            await worker.ask(uuid4().hex, by, counter)
        await worker.rest()
        assert await worker.total(counter) == 5
        report = await rebuilt(parts, worker)
        assert (report.different, report.swapped, report.passed_by) == ([], True, 1)
        assert (await worker.total(counter), await reasons(parts, counter, service)) == (5, ["too-large"])


async def test_what_a_rebuild_passes_by_before_the_live_collection_has_read_it_is_kept_once(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo, "LARGEST", 5000)
    counter, service = uuid4().hex, named(f"s{uuid4().hex[:8]}")
    async with running(parts, "decider", "projector", service=service) as worker:
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
    async with running(parts, "decider", service=service) as worker:
        await worker.ask(uuid4().hex, 99, counter)
        assert await reasons(parts, counter, service) == []
        report = await rebuilt(parts, worker)
        assert (report.different, report.swapped, report.passed_by) == ([], True, 1)
        assert await reasons(parts, counter, service) == ["too-large"]
    async with running(parts, "decider", "projector", service=service) as worker:
        await worker.ask(uuid4().hex, 4, counter)
        await worker.rest()
        assert (await worker.total(counter), await reasons(parts, counter, service)) == (5, ["too-large"])


async def test_a_command_that_fits_no_record_is_told_of_the_record_it_follows_from(parts: Settings) -> None:
    counter = uuid4().hex

    def react(event: Any, definitions: Any) -> list[Count]:
        targets = (LARGE, counter) if event.data.counter == "large" else (counter,)
        return [Count(id=caused(event, "copy", at), at=AT, counter=each, by=3) for at, each in enumerate(targets)]

    async with running(parts, "decider", "projector") as worker:
        deps, events = worker.deps, topic_name("counter", "events")
        policy = Policy("copy", ("counter",), (Counted,), react, "counter")
        handler = PolicyPartition(
            [policy], deps.sender, deps.codec, lambda: deps.definitions.snapshot, deps.letters, "counter.policies"
        )
        key = uuid4().hex
        envelopes = [envelope(Counted(at=AT, counter=name, by=1), 1) for name in ("large", "small")]
        values = await deps.codec.encode(envelopes)
        await handler.work(
            [
                SimpleNamespace(topic=events, partition=0, offset=at, key=key.encode(), value=value, headers=[])
                for at, value in enumerate(values, 10_000)
            ]
        )
        await worker.rest()
        assert await worker.total(counter) == 6
        assert await reasons(parts, key) == ["too-large"]


async def test_a_request_that_fits_no_record_is_refused(parts: Settings) -> None:
    async with running(parts, "decider") as worker:
        command = Count(id=uuid4().hex, at=AT, counter=LARGE, by=1)
        with pytest.raises(TooLarge):  # 413
            await submit_and_wait(worker.deps, "counter", command, actor=system("test"))
        assert (await worker.ask(uuid4().hex, 1)).status == "accepted"


async def test_an_aggregate_that_fits_no_record_has_no_checkpoint_and_stops_nobody(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = uuid4().hex
    monkeypatch.setattr(checkpoint, "records", _too_large)
    monkeypatch.setattr(runtime, "Rhythm", lambda: Rhythm(0.0))
    async with running(parts, "decider") as worker:
        for by in (1, 2):
            assert (await worker.ask(uuid4().hex, by, counter)).status == "accepted"
            assert worker.failures == []
    monkeypatch.undo()
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 4, counter)
        await worker.rest()
        assert await worker.total(counter) == 7
