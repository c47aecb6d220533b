"""Who is not let in is on the log, with where from and why, and without what they sent."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import Depends, FastAPI

from shared import problems
from shared.auth import Verifier
from shared.caller import Caller
from shared.guard import RateCounts, SignedLink, guarded, refusals, route, scope
from shared.guard.refusals import Refusals
from shared.links import LinkInvalid
from shared.settings import Settings
from tests.support.asgi import asked
from tests.support.tokens import Issuer

READ = scope("desk:read")
LINK = SignedLink("survey")


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def app(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(route, "REFUSALS", Refusals())
    refusing_app, router = FastAPI(), guarded()
    refusing_app.state.verifier, refusing_app.state.rates = Verifier(issuer.auth), RateCounts(2)
    refusing_app.state.deps = SimpleNamespace(settings=Settings(), clock=lambda: None)
    problems.install(refusing_app)

    @refusing_app.exception_handler(LinkInvalid)
    async def broken(request: object, error: Exception) -> object:
        return problems.problem(404, "link-invalid", str(error))

    @router.get("/cases/{id}")
    async def case(id: str, caller: Caller = Depends(READ)) -> str:
        return caller.name

    @router.get("/s/{token}")
    async def page(token: str, task: str = Depends(LINK)) -> str:
        return task

    refusing_app.include_router(router)
    return refusing_app


async def test_who_is_not_let_in_is_on_the_log_without_what_they_sent(
    app: FastAPI, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    for token in ("", "s3cret", issuer.token("other:read", sub="li")):
        await asked(app, "/cases/c-1", headers={"authorization": f"Bearer {token}"}, method="GET")
    await asked(app, "/s/s3cret", method="GET")
    for _ in range(3):
        held = {"authorization": f"Bearer {issuer.token('desk:read', sub='wang')}"}
        await asked(app, "/cases/c-1", headers=held, method="GET")
    assert [record.message for record in caplog.records] == [
        "refused GET /cases/{id} to nobody at 127.0.0.1: token-missing",
        "refused GET /cases/{id} to nobody at 127.0.0.1: token-invalid",
        "refused GET /cases/{id} to li at 127.0.0.1: scope-missing",
        "refused GET /s/{token} to nobody at 127.0.0.1: link-broken",
        "refused GET /cases/{id} to wang at 127.0.0.1: too-many-requests",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


async def test_a_flood_is_counted_and_not_written_line_by_line(
    app: FastAPI, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SimpleNamespace(monotonic=lambda: 60.0)
    monkeypatch.setattr(refusals, "time", now)
    monkeypatch.setattr(refusals, "MAX_PER_MINUTE", 3)
    for _ in range(10):
        await asked(app, "/cases/c-1", method="GET")
    assert len(caplog.records) == 3
    now.monotonic = lambda: 120.0
    await asked(app, "/cases/c-1", method="GET")
    assert [record.message for record in caplog.records[3:]] == [
        "refused 7 more requests within a minute",
        "refused GET /cases/{id} to nobody at 127.0.0.1: token-missing",
    ]
