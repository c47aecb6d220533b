"""A process that says it is live is: every loop turns, and what ends or fails is heard of."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from httpx import ASGITransport, AsyncClient

from deploy.operating.topics import prepare
from shared.auth import Verifier
from shared.bus.clients import producer
from shared.bus.group import Unfinished
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.contracts.base import changed
from shared.host import app
from shared.host.deps import Deps
from shared.host.roles import Ended, loop
from shared.pulse import Pulse, beat
from shared.replies import Replies
from shared.service import Role, Service
from shared.settings import Http, Settings
from shared.settings_kafka import Kafka
from tests.support.counter import Running, named, running
from tests.support.eventually import eventually
from tests.support.tokens import Issuer


class Told:
    """A handler that does what a test says with each batch."""

    def __init__(self, work: Any) -> None:
        self.work = work

    async def open(self, committed: int) -> int:
        return committed

    async def close(self) -> None:
        """Nothing is held."""


def with_reader(work: Any) -> Service:
    """A counter with a role that reads its events."""
    service = named(f"s{uuid4().hex[:8]}")
    group = f"{service.name}.reader"

    async def read(deps: Deps) -> None:
        await loop(deps, group, lambda tp: Told(work))()

    return replace(service, roles=(Role("reader", read, {group: (service.name,)}),))


async def health(worker: Running) -> tuple[int, dict[str, Any]]:
    transport = ASGITransport(app.build_app(worker.deps, roles=()))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/health/live")
    return answer.status_code, answer.json()


@pytest.mark.wiring
@pytest.mark.parametrize(
    ("host", "proxy", "statuses"),
    [("::1", False, (200, 200, 200)), ("10.1.2.3", False, (401, 200, 404)), ("::1", True, (401, 200, 404))],
)
async def test_what_operators_look_at_wants_a_token_beyond_loopback(
    parts: Settings, tmp_path: Path, host: str, proxy: bool, statuses: tuple[int, ...]
) -> None:
    issuer = Issuer(tmp_path)
    reader, writer = ({"authorization": f"Bearer {issuer.token(f'ops:{duty}')}"} for duty in ("read", "write"))
    async with running(parts, "projector") as worker:
        worker.deps.settings = changed(parts, http_host=host, http=Http(behind_tls_proxy=proxy))
        worker.deps.verifier = Verifier(issuer.auth)
        transport = ASGITransport(app.build_app(worker.deps, roles=()))
        async with AsyncClient(transport=transport, base_url="http://test") as client:
            paths = (("/internal/status", {}), ("/internal/status", reader), ("/openapi.json", reader))
            answers = [await client.get(path, headers=headers) for path, headers in paths]
            assert tuple(each.status_code for each in answers) == statuses
            assert "groups" in answers[1].json()
            with_another = (await client.get("/internal/status", headers=writer)).status_code
            assert with_another == (200 if statuses[0] == 200 else 403)
            assert (await client.get("/health/ready")).status_code == 200


@pytest.mark.wiring
async def test_a_path_with_a_slash_too_many_is_not_sent_to_where_the_client_says_we_are(parts: Settings) -> None:
    async with running(parts, "projector") as worker:
        transport = ASGITransport(app.build_app(worker.deps, roles=()))
        async with AsyncClient(transport=transport, base_url="http://elsewhere.example") as client:
            asked = [await client.get(path) for path in ("/health/live", "/health/live/")]
    assert [(each.status_code, each.headers.get("location")) for each in asked] == [(200, None), (404, None)]


@pytest.mark.wiring
async def test_a_loop_that_is_stuck_makes_its_process_not_live(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = asyncio.Event()

    async def hang(records: Sequence[Any]) -> None:
        stuck.set()
        await asyncio.Event().wait()

    service = with_reader(hang)
    monkeypatch.setattr("shared.host.alive.STALL_SECONDS", 1.0)
    monkeypatch.setattr("shared.host.roles.OUTSIDE_SECONDS", 0.1)
    monkeypatch.setattr("shared.host.roles.DRAIN_SECONDS", 0.1)
    async with running(parts, "decider", "reader", service=service) as worker:
        assert await health(worker) == (200, {"status": "live"})
        await worker.ask("a", 1)
        await stuck.wait()
        pulse = worker.deps.pulses[f"{service.name}.reader"]
        await eventually(lambda: pulse.silent > 1)
        assert await health(worker) == (503, {"status": "stalled", "silent_seconds": {f"{service.name}.reader": 1}})


@pytest.mark.wiring
async def test_every_loop_of_a_process_goes_on_beating(parts: Settings) -> None:
    async with running(parts, "decider", "projector", "processor") as worker:
        pulses = worker.deps.pulses
        assert pulses.keys() == {"definitions", "replies", "processor", *worker.deps.loops}
        for pulse in pulses.values():
            pulse.rest()  # silent for 0 seconds until it beats again
        await eventually(
            lambda: [name for name, pulse in pulses.items() if not pulse.silent], lambda silent: not silent
        )


@pytest.mark.wiring
async def test_an_extra_that_ends_by_itself_ends_its_process(parts: Settings) -> None:
    async def leave(deps: Deps) -> None:
        """As if everything were done."""

    service = replace(named(f"s{uuid4().hex[:8]}"), roles=(Role("leaver", leave),))
    async with running(parts, "leaver", service=service) as worker:
        await eventually(lambda: worker.failures)
        assert isinstance(worker.failures[0], Ended)
        assert "leave" in str(worker.failures[0])


@pytest.mark.wiring
async def test_a_handler_that_cannot_even_be_built_ends_its_process(parts: Settings) -> None:
    service = named(f"s{uuid4().hex[:8]}")
    group = f"{service.name}.reader"

    def unbuilt(tp: TopicPartition) -> Told:
        raise FileNotFoundError("the key file of a payment platform")

    async def read(deps: Deps) -> None:
        await loop(deps, group, unbuilt)()

    broken = replace(service, roles=(Role("reader", read, {group: (service.name,)}),))
    async with running(parts, "reader", service=broken) as worker:
        await eventually(lambda: worker.failures)
        assert isinstance(worker.failures[0], FileNotFoundError)


@pytest.mark.wiring
async def test_a_producer_that_died_is_replaced_at_its_next_use(parts: Settings) -> None:
    service = named(f"s{uuid4().hex[:8]}")
    await prepare([service], parts)
    writer, name = producer(parts.kafka), topic_name(service.name, "events")
    await writer.start()
    sending = writer._producer._sender.sender_task
    sending.cancel()
    await asyncio.wait({sending})
    async with asyncio.timeout(20):
        assert await send_groups(writer, name, 0, [[Out("after", b"{}")]]) == [0]
    await writer.stop()


@pytest.mark.wiring
async def test_a_handler_may_leave_off_within_a_batch_and_goes_on_there(parts: Settings) -> None:
    handled: Counter[tuple[TopicPartition, int]] = Counter()

    async def two_at_a_time(records: Sequence[Any]) -> None:
        for record in records[:2]:
            handled[TopicPartition(record.topic, record.partition), record.offset] += 1
        if len(records) > 2:
            raise Unfinished(records[2].offset)

    service = with_reader(two_at_a_time)
    async with running(parts, "decider", service=service) as worker:
        await asyncio.gather(*(worker.ask(f"a{n}", 1) for n in range(9)))
    for _ in range(2):  # the second run finds everything committed
        async with running(parts, "reader", service=service) as worker:
            await worker.rest()
    assert (len(handled), set(handled.values())) == (9, {1})


@pytest.mark.wiring
async def test_what_was_begun_outside_is_answered_by_the_deciders_before_they_end(parts: Settings) -> None:
    outcomes, batches, here = list[str](), list[int](), list[Running]()

    async def ask_at_the_end(records: Sequence[Any]) -> None:
        batches.append(len(records))
        await here[0].deps.draining.wait()
        for n in range(3):  # a decider that was told to end would still take the first
            outcomes.append((await here[0].ask(f"late-{n}", 1)).status)

    async with running(parts, "decider", "reader", service=with_reader(ask_at_the_end)) as worker:
        here.append(worker)
        await worker.ask("a", 1)
        await eventually(lambda: batches)
    assert outcomes == ["accepted"] * 3


async def test_nobody_is_waited_for_any_more_whose_command_could_not_be_sent() -> None:
    replies, sent = Replies(Kafka(), [], lambda error: None), asyncio.Event()

    async def fails() -> None:
        raise ConnectionError("the broker is away")

    async def sends() -> None:
        sent.set()

    with pytest.raises(ConnectionError):
        await replies.answer("a", fails(), 1)
    assert await replies.answer("b", sends(), 0.01) is None
    sent.clear()
    gone = asyncio.create_task(replies.answer("c", sends(), 10))
    await sent.wait()
    assert replies._waiting.keys() == {"c"}
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert replies._waiting == {}


async def test_whoever_waits_on_purpose_beats_for_the_loop_it_works_in() -> None:
    mine, other = Pulse(), Pulse()
    assert (mine.silent, other.silent) == (0, 0), "nobody has begun"
    mine.beat()
    await eventually(lambda: mine.silent > 0.05)
    other.beat()
    mine.own()
    await asyncio.gather(asyncio.to_thread(beat))
    assert mine.silent < other.silent, "it has beaten since the other did"
