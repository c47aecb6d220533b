"""Who has a collection rebuilt over HTTP, and whether it was forced, is on record before it starts."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from deploy.ops import rebuilding
from shared.audit import NotRecorded
from shared.caller import Caller
from shared.contracts.audit import PersonsAccessed
from shared.problems import install
from tests.support.counter import SERVICE
from tests.support.eventually import eventually

AT = datetime(2026, 3, 9, tzinfo=UTC)


class Host:
    """The routes of rebuilds. `happened`: what was recorded and started, in order; `away`: nothing can be recorded."""

    def __init__(self) -> None:
        self.happened: list[tuple[str, ...]] = []
        self.readers: list[str] = []
        self.away, self.ends = False, asyncio.Event()

    async def record(self, access: PersonsAccessed) -> None:
        if self.away:
            raise NotRecorded("who is shown what cannot be recorded (no space left)")
        self.happened.append(("recorded", access.route, *access.resources))
        self.readers.append(access.reader)


@pytest.fixture
async def host(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Host, httpx.AsyncClient]]:
    host, app, router = Host(), FastAPI(), APIRouter()

    class Rebuild:
        progress = (0, 1)

        def __init__(self, *of: Any) -> None:
            host.happened.append(("started",))

        async def run(self, force: bool) -> None:
            await host.ends.wait()
            raise ZeroDivisionError

    monkeypatch.setattr(rebuilding, "Rebuild", Rebuild)
    deps: Any = SimpleNamespace(settings=None, ring=None, mongo=None, clock=lambda: AT, audit=host)
    deps.service = SimpleNamespace(slug="ops", purpose="HSYSADMIN")
    rebuilding.add(router, deps, [SERVICE])
    app.include_router(router)
    app.state.deps = deps
    install(app)
    for right in (rebuilding.READ, rebuilding.WRITE):
        app.dependency_overrides[right] = lambda: Caller("han-ops", frozenset({"ops:write"}), has_roles=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ops") as http:
        yield host, http
        host.ends.set()
        await eventually(lambda: states(http), lambda each: "running" not in each)


async def states(http: httpx.AsyncClient) -> list[str]:
    return [rebuild["state"] for rebuild in (await http.get("/v1/rebuilds")).json()["data"]]


@pytest.mark.parametrize(("force", "resource"), [(False, "counter.totals"), (True, "counter.totals forced")])
async def test_who_has_it_rebuilt_is_on_record_before_it_starts(
    host: tuple[Host, httpx.AsyncClient], force: bool, resource: str
) -> None:
    kept, http = host
    answer = await http.post("/v1/rebuilds", json={"collection": "totals", "force": force})
    assert answer.status_code == 202
    recorded = ("recorded", "POST /v1/rebuilds", f"{resource} {answer.json()['id']}")
    assert kept.happened == [recorded, ("started",)], "with its id, as the same access within a minute is one event"
    assert kept.readers == ["han-ops"]


async def test_what_cannot_be_recorded_is_not_started(host: tuple[Host, httpx.AsyncClient]) -> None:
    kept, http = host
    kept.away = True
    answer = await http.post("/v1/rebuilds", json={"collection": "totals", "force": True})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/audit-away")
    assert kept.happened == []


async def test_what_is_not_started_since_another_runs_is_not_on_record(
    host: tuple[Host, httpx.AsyncClient],
) -> None:
    kept, http = host
    ask = {"collection": "totals", "force": True}
    answers = await asyncio.gather(*(http.post("/v1/rebuilds", json=ask) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    assert [what for what, *_ in kept.happened] == ["recorded", "started"]
