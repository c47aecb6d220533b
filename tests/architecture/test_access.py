"""Every route that tells or changes something of people asks first whether the caller may read them."""

import inspect
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from deploy.catalogue import answering
from deploy.catalogue import unstarted as settings
from deploy.reference.routes import app_of
from shared import problems
from shared.auth import Verifier
from shared.contracts.audit import PersonsAccessed
from shared.definitions import Definitions
from shared.guard import Bearer, authentication_of
from tests.support.asgi import asked
from tests.support.tokens import Issuer

ASKS = re.compile(r"\breader\.\w+\(|\(reader\b|\bacting\(deps, asked\.caller\)")


def routes() -> Iterator[tuple[str, str, APIRoute, FastAPI]]:
    for service in answering(settings()):
        app = app_of(service, settings())
        problems.install(app)
        for each in iter_route_contexts(app.routes):
            route = each.original_route
            if isinstance(route, APIRoute) and isinstance(authentication_of(route), Bearer):
                for method in sorted(each.methods or ()):
                    yield service.slug, f"{method} {each.path}", route, app


ALL = list(routes())


def is_of_nobody(route: APIRoute) -> bool:
    """Whether a route says why it need not ask (`of_nobody` of its authentication)."""
    return bool(getattr(authentication_of(route), "of_nobody", ""))


def asks(endpoint: Any) -> bool:
    """Whether a route, or a function beside it that it calls, asks what the caller may read."""
    inside = (cell.cell_contents for cell in endpoint.__closure__ or ())
    called = [each for each in inside if isinstance(each, FunctionType)]
    return any(ASKS.search(inspect.getsource(each)) for each in (endpoint, *called))


THEIRS = [each for each in ALL if not is_of_nobody(each[2])]
OF_A_PATH = [pytest.param(*each, id=" ".join(each[:2])) for each in THEIRS if "{person_id}" in each[1]]


def test_every_other_route_asks_whom_the_caller_may_read() -> None:
    others = [each for each in THEIRS if "{person_id}" not in each[1]]
    assert [f"{where} {name}" for where, name, route, _ in others if not asks(route.endpoint)] == []
    assert len(THEIRS) > 25


def test_a_route_that_does_not_ask_is_noticed() -> None:
    rows = {"c": "of somebody"}

    async def telling(case_id: str, reader: Any = None) -> str:
        return rows[case_id]

    assert not asks(telling)


def test_a_route_that_need_not_ask_says_why() -> None:
    reasons = {authentication_of(route).of_nobody for *_, route, _ in ALL if is_of_nobody(route)}
    assert len(reasons) > 5
    assert [reason for reason in reasons if len(reason.split()) < 3] == []


class Empty:
    """A database in which nobody has to do with anybody."""

    def __getitem__(self, name: str) -> "Empty":
        return self

    def find(self, *where: Any) -> "Empty":
        return self

    def __aiter__(self) -> "Empty":
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration


class Audit:
    """What was recorded."""

    def __init__(self) -> None:
        self.recorded: list[PersonsAccessed] = []

    async def record(self, access: PersonsAccessed) -> None:
        self.recorded.append(access)


@pytest.mark.parametrize(("service", "name", "route", "app"), OF_A_PATH)
async def test_a_route_of_somebody_elses_patient_is_a_404_that_names_break_glass(
    service: str, name: str, route: APIRoute, app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.access.reader.MAX_DOCUMENT_WAIT_SECONDS", 0.0)
    issuer, method, path = Issuer(tmp_path), *name.split()
    app.state.verifier = Verifier(issuer.auth)
    app.state.deps = SimpleNamespace(
        database=defaultdict(Empty),
        definitions=SimpleNamespace(snapshot=Definitions()),
        clock=lambda: datetime(2026, 3, 9, tzinfo=UTC),
        service=SimpleNamespace(slug=service, purpose="TREAT"),
        audit=Audit(),
    )
    token = issuer.token(authentication_of(route).wants, roles=["nurse"])
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    answer = await asked(app, re.sub(r"{\w+}", "x", path), [b"{}"], headers, method)
    problem = orjson.loads(answer.body)
    assert (answer.status, problem["type"]) == (404, "/problems/person-unknown")
    assert "break-glass" in problem["break_glass"]
    if "deps, asked.caller" not in inspect.getsource(route.endpoint) and method == "GET":
        [access] = app.state.deps.audit.recorded
        assert (access.reader, access.persons, access.result) == ("desk", ("x",), "refused")
