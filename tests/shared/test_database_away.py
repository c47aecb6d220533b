"""MongoDB dies, comes back, steps down: projectors wait, commands go on, nothing is shown twice or not at all."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from shared.contracts.base import changed
from shared.host.app import build_app
from shared.mongo import connected
from shared.settings import Mongo, Settings
from tests.support.counter import Running, running
from tests.support.eventually import eventually
from tests.support.parts import Database

pytestmark = pytest.mark.wiring
TRIES = 50 if os.environ.get("CARELOOP_CHAOS") == "full" else 2
"""How often a projector says that it still waits before its database comes back: once a second, after a while."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    server = Database(tmp_path)
    await server.start()
    yield server
    server.kill()


@pytest.fixture
def settings(parts: Settings, database: Database) -> Settings:
    return changed(parts, mongo=Mongo(url=f"{database.url}&serverSelectionTimeoutMS=200"))


async def read_over_http(worker: Running) -> httpx.Response:
    """What a reader of the counter's totals is answered."""
    app = build_app(worker.deps, roles=())

    @app.get("/total")
    async def total() -> int:
        return await worker.total("c")

    served = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=served, base_url="http://counter") as client:
        return await client.get("/total")


async def test_a_database_that_was_away_is_caught_up_with(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    counter = uuid4().hex
    async with running(settings, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        database.kill()
        answers = [await worker.ask(uuid4().hex, 1, counter) for _ in range(20)]
        assert {answer.status for answer in answers} == {"accepted"}
        problem = await read_over_http(worker)
        assert (problem.status_code, problem.json()["type"]) == (503, "/problems/read-models-away")
        assert problem.headers["retry-after"]

        def tries() -> int:
            assert worker.failures == []
            return caplog.text.count("still waiting for MongoDB")

        await eventually(tries, lambda count: count >= TRIES, seconds=120)
        await database.start()
        await worker.rest()
        assert await worker.total(counter) == 21


async def test_a_step_down_in_the_middle_costs_nothing(settings: Settings, database: Database) -> None:
    counter = uuid4().hex
    async with running(settings, "decider", "projector") as worker, connected(database.url) as client:
        asked: list[str] = []
        asking = asyncio.create_task(ask_on(worker, counter, asked))
        await eventually(lambda: len(asked) >= 20)
        await client.admin.command({"replSetStepDown": 2, "force": True})
        hello = await client.admin.command("hello")
        assert not hello["isWritablePrimary"]
        assert len(asked) < 60, "it stepped down after everything"
        await asking
        await worker.rest()
        assert (await worker.total(counter), worker.failures) == (60, [])


async def ask_on(worker: Running, counter: str, asked: list[str]) -> None:
    """Sixty commands, one after the other; `asked` are the ids of those that were answered."""
    for _ in range(60):
        await worker.ask(id := uuid4().hex, 1, counter)
        asked.append(id)
