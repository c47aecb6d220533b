"""Every route of every service is behind a door, and those that ask for no token are the ones listed here."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from deploy.catalogue import answering, scopes
from deploy.catalogue import unstarted as settings
from deploy.routes import Route, app_of, routes_of
from shared import problems
from shared.auth import Verifier
from shared.guard import Bearer, BodySignature, Public, SignedLink
from tests.support.asgi import asked
from tests.support.tokens import Issuer

HEALTH = {("GET", "/health/live"), ("GET", "/health/ready"), ("GET", "/internal/status")}


def every() -> Iterator[tuple[Route, FastAPI]]:
    for service in answering(settings()):
        app = app_of(service, settings())
        problems.install(app)
        yield from ((route, app) for route in routes_of(service, app))


ALL = list(every())
BEARER = [
    pytest.param(route, app, id=f"{route.method} {route.service}{route.path}")
    for route, app in ALL
    if isinstance(route.authentication, Bearer)
]


@pytest.mark.parametrize(("route", "app"), BEARER)
async def test_a_route_with_a_token_reads_nothing_without_it_or_with_another_scope(
    route: Route, app: FastAPI, tmp_path: Path
) -> None:
    issuer = Issuer(tmp_path)
    app.state.verifier = Verifier(issuer.auth)
    path = route.path.replace("{kind}", "doctor").replace("{", "").replace("}", "")
    other: dict[str, Any] = {"authorization": f"Bearer {issuer.token('other:read other:write')}"}
    for headers, status in (({}, 401), (other, 403)):
        answer = await asked(app, path, iter(lambda: b"[" * 1024, b""), headers, route.method)
        assert answer.status == status
        assert answer.read <= 16 * 1024 if "soap" in path else answer.read == 0


def test_a_route_without_a_token_asks_for_a_signature_or_says_why_anybody_may_read_it() -> None:
    """Which they are is listed in docs/reference/routes.md, where a new one is seen."""
    for route, _ in ALL:
        how = route.authentication
        assert isinstance(how, Bearer | SignedLink | BodySignature | Public), route
        assert not isinstance(how, Public) or (route.method == "GET" and len(how.wants.split()) > 4), route
    health = {(route.method, route.path) for route, _ in ALL if route.path.startswith(("/health", "/internal"))}
    assert health == HEALTH


SPLIT = {
    ("PUT", "/v1/persons/{person_id}/consent"): ("contacts:consent", "contacts:write"),
    ("POST", "/v1/persons/{person_id}/merge"): ("contacts:identity", "contacts:write"),
    ("POST", "/v1/persons/{person_id}/unmerge"): ("contacts:identity", "contacts:write"),
    ("PUT", "/v1/persons/{person_id}/deceased"): ("contacts:identity", "contacts:write"),
    ("POST", "/v1/ambiguous/{input_id}/decision"): ("contacts:identity", "contacts:write"),
    ("POST", "/v1/merge-proposals/{proposal_id}/decision"): ("contacts:identity", "contacts:write"),
    ("POST", "/v1/persons/{person_id}/claims/{claim_id}/confirmation"): ("contacts:identity", "contacts:write"),
    ("POST", "/v1/persons/{person_id}/erasure"): ("contacts:erase", "contacts:admin"),
    ("POST", "/v1/persons/{person_id}/erasure/decision"): ("contacts:erase", "contacts:admin"),
    ("GET", "/v1/approvals"): ("contacts:erase", "contacts:admin"),
    ("GET", "/v1/erasures/{person_id}"): ("contacts:erase", "contacts:admin"),
    ("POST", "/v1/payments/{id}/refunds"): ("his-payments:refund", "his-payments:write"),
    ("POST", "/v1/payments/{id}/refunds/{refund_id}/decision"): ("his-payments:refund", "his-payments:write"),
    ("POST", "/v1/payments/{id}/settlement"): ("his-payments:settle", "his-payments:write"),
    ("POST", "/v1/payments/{id}/settlements/{proposal_id}/decision"): ("his-payments:settle", "his-payments:write"),
    ("POST", "/v1/requests/{id}/settlement"): ("his-requests:settle", "his-requests:write"),
    ("POST", "/v1/cases/{case_id}/assignment"): ("complaints:handle", "complaints:write"),
    ("POST", "/v1/cases/{case_id}/resolution"): ("complaints:handle", "complaints:write"),
}
"""Which duty a route is, and what covered it before it had a scope of its own."""


def test_the_duties_that_were_split_off_are_these() -> None:
    split = {
        (route.method, route.path): (how.wants, how.once)
        for route, _ in ALL
        if isinstance(how := route.authentication, Bearer) and how.once
    }
    assert split == SPLIT


def test_a_token_can_be_had_for_what_routes_want_and_for_nothing_else() -> None:
    wanted = {route.authentication.wants for route, _ in ALL if isinstance(route.authentication, Bearer)}
    assert wanted == set(scopes())


@pytest.mark.parametrize("wide", [False, True])
async def test_an_old_scope_covers_what_was_split_off_it_only_where_the_setting_says_so(
    tmp_path: Path, wide: bool
) -> None:
    issuer = Issuer(tmp_path, wide_scopes=wide)
    for route, app in ALL:
        how = route.authentication
        if isinstance(how, Bearer) and how.once:
            app.state.verifier = Verifier(issuer.auth)
            held = {"authorization": f"Bearer {issuer.token(how.once)}"}
            answer = await asked(app, re.sub("[{}]", "", route.path), [b"["], held, route.method)
            assert (answer.status == 403) is not wide, route.path


def test_every_route_describes_how_it_refuses() -> None:
    for service in answering(settings()):
        described = app_of(service, settings()).openapi()
        assert "HTTPValidationError" not in str(described)
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                assert {"401", "413", "422", "429", "503"} <= operation["responses"].keys(), (method, path)


def test_a_get_never_wants_a_scope_to_write() -> None:
    reading = [
        route.authentication.wants
        for route, _ in ALL
        if route.method == "GET" and isinstance(route.authentication, Bearer)
    ]
    assert reading
    assert [wanted for wanted in reading if wanted.endswith((":write", ":break-glass"))] == []


def test_no_url_says_who_somebody_is() -> None:
    personal = {"phone", "name", "number", "identifier", "email", "birth_date", "value", "token"}
    telling = [
        f"{method} {path} {each['name']}"
        for service in answering(settings())
        for path, methods in app_of(service, settings()).openapi()["paths"].items()
        for method, route in methods.items()
        for each in route.get("parameters", ())
        if each["in"] in ("query", "path") and each["name"] in personal
    ]
    assert telling == ["get /v1/persons identifier"]  # only where CARELOOP_SEARCH_BY_URL is true
