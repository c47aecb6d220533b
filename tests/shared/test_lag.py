"""What answers say of their lag: sampled, never asked for, and given without Kafka too."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError
from pymongo.errors import AutoReconnect

from deploy.local import embedded
from shared.bus import lag
from shared.bus.lag import Lag, LagSampler
from shared.contracts.base import changed
from shared.host.app import build_app
from shared.readmodel import Paging, ReadModel
from shared.settings import Settings
from tests.support.counter import AT, SERVICE, Running, running
from tests.support.eventually import eventually

pytestmark = pytest.mark.wiring
AWAY = replace(SERVICE, name="away", definitions_from=("away",))
"""The counter with a database that goes with a log of its own."""


@dataclass
class Broker:
    """An embedded broker that a test may kill."""

    process: subprocess.Popen[bytes]
    address: str


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    port = embedded.free_port()
    with (tmp_path / "broker.log").open("wb") as log:
        process = subprocess.Popen(embedded.broker_command(port, uuid4().hex), stdout=log, stderr=log)
    await embedded.until_open(port, "the broker")
    yield Broker(process, f"127.0.0.1:{port}")
    process.kill()
    process.wait(10)


@pytest.fixture
def settings(parts: Settings, broker: Broker, tmp_path: Path) -> Settings:
    """A log of its own, with keys of its own."""
    kafka = changed(parts.kafka, bootstrap_servers=broker.address)
    keys = changed(parts.keys, file=tmp_path / "keys.sqlite")
    return changed(parts, kafka=kafka, keys=keys)


async def read(worker: Running) -> dict[str, Any]:
    """A page of the counter's totals, as a reader is answered."""
    app, totals = build_app(worker.deps, roles=()), ReadModel(worker.deps, "totals")

    @app.get("/totals")
    async def page() -> dict[str, Any]:
        async def show(row: dict[str, Any]) -> Any:
            return row["total"]

        return await totals.page({}, Paging(500), show)

    served = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=served, base_url="http://counter") as client:
        answer = await client.get("/totals")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


async def test_reads_go_on_from_mongodb_while_kafka_is_away(settings: Settings, broker: Broker) -> None:
    async with asyncio.TaskGroup() as group, running(settings, "decider", "projector", service=AWAY) as worker:
        await worker.ask(uuid4().hex, 3, uuid4().hex)
        await worker.rest()
        before = await read(worker)
        assert (before["data"], before["lag"], before["lag_as_of"]) == ([3], None, None)
        sampling = group.create_task(worker.deps.sampler.run())
        caught_up = await eventually(lambda: read(worker), lambda shown: shown["lag"] is not None)
        assert caught_up["lag"] == 0
        broker.process.kill()
        async with asyncio.timeout(5):  # a client of Kafka's gives up after forty seconds
            away = await read(worker)
        assert (away["data"], away["lag"]) == ([3], 0)
        assert away["lag_as_of"] >= caught_up["lag_as_of"]
        sampling.cancel()


async def test_twenty_reads_at_once_ask_kafka_nothing(parts: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 3, uuid4().hex)
        await worker.rest()
        await worker.deps.sampler.sample()
        asked, ends = [], Lag.ends

        async def counted(self: Lag, at: Any) -> Any:
            asked.append(at)
            return await ends(self, at)

        monkeypatch.setattr(Lag, "ends", counted)
        answers = await asyncio.gather(*(read(worker) for _ in range(20)))
        assert (asked, {answer["lag"] for answer in answers}) == ([], {0})
        await worker.deps.sampler.sample()
        assert len(asked) == 1


async def test_the_lag_is_what_was_not_shown_when_it_was_sampled(parts: Settings) -> None:
    async with running(parts, "decider") as worker:
        await worker.ask(uuid4().hex, 1, counter := uuid4().hex)
    async with running(parts, "decider", "projector") as worker:
        await worker.rest()
        await worker.deps.sampler.sample()
        sampled = (await read(worker))["lag_as_of"]
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        fresh = await read(worker)
        assert (fresh["lag"], fresh["lag_as_of"]) == (0, sampled)
    async with running(parts, "decider") as worker:
        await worker.ask(uuid4().hex, 1, counter)
        await worker.deps.sampler.sample()
        assert (await read(worker))["lag"] == 1


async def test_a_sample_that_fails_leaves_the_last_one_standing_and_is_taken_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lag, "SAMPLE_SECONDS", 0)
    troubles, sampled_at, samples = [KafkaConnectionError(), AutoReconnect()], list[datetime | None](), list[datetime]()

    async def positions() -> dict[Any, int]:
        sampled_at.append(sampler.of({})[1])
        if len(samples) > 1 and troubles:
            raise troubles.pop()
        return {}

    async def ends(at: Any) -> Any:
        return at

    def clock() -> datetime:
        samples.append(AT + timedelta(seconds=len(samples)))
        return samples[-1]

    real: Any = SimpleNamespace(ends=ends)
    sampler = LagSampler(real, positions, clock)
    async with asyncio.TaskGroup() as group:
        sampling = group.create_task(sampler.run())
        await eventually(lambda: len(sampled_at) > 4)
        sampling.cancel()
    assert sampled_at[:5] == [None, samples[0], samples[0], samples[0], samples[3]]
