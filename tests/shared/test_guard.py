"""The door: who asks is settled before a byte of the body is read, and every route says how."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request

from shared import problems
from shared.auth import Verifier
from shared.caller import Caller
from shared.guard import (
    BODY_BYTES,
    KIBI,
    BodySignature,
    Public,
    RateCounts,
    SignedLink,
    check_guarded,
    guarded,
    limit,
    scope,
)
from shared.http import Asked, Body, asking
from shared.problems import Problem
from tests.support.asgi import AsgiAnswer, asked
from tests.support.tokens import Issuer

READ = scope("desk:read")
JSON = {"content-type": "application/json"}


class Said(Body):
    """What the routes of these tests take."""

    words: str = ""


async def _signed(request: Request, body: bytes) -> bytes:
    if request.headers.get("signature") != f"{sum(body)}":
        raise Problem(401, "signature-invalid", "`signature` does not fit the body")
    return body


def routes() -> APIRouter:
    router = guarded()

    @router.post("/small")
    async def small(body: Said, caller: Caller = Depends(READ)) -> str:
        return caller.name

    @router.post("/large", max_body_size=256 * KIBI)
    async def large(body: Said, caller: Caller = Depends(READ)) -> int:
        return len(body.words)

    @router.post("/command")
    async def command(body: Said, by: Asked = Depends(asking("desk:write"))) -> str:
        return by.caller.name

    @router.post("/signed")
    async def signed(body: bytes = Depends(BodySignature("a sum", "x-sum", _signed))) -> int:
        return len(body)

    return router


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


@pytest.fixture
def app(issuer: Issuer) -> FastAPI:
    guarded_app = FastAPI()
    guarded_app.state.verifier = Verifier(issuer.auth)
    guarded_app.state.deps = SimpleNamespace(clock=lambda: None, settings=None)
    problems.install(guarded_app)
    guarded_app.include_router(routes())
    return guarded_app


def endless(begins: bytes = b'{"words": "') -> Iterator[bytes]:
    yield begins
    while True:
        yield b"[" * KIBI


@pytest.mark.parametrize("path", ["/small", "/large", "/command"])
async def test_without_a_token_no_byte_of_the_body_is_read(app: FastAPI, issuer: Issuer, path: str) -> None:
    for token, status in (("", 401), ("nonsense", 401), (issuer.token("other:read"), 403)):
        answer = await asked(app, path, endless(), {**JSON, "authorization": f"Bearer {token}"})
        assert (answer.status, answer.read) == (status, 0)
    assert (await asked(app, path, endless(), JSON)).headers["www-authenticate"].startswith("Bearer")


async def test_a_body_is_read_as_far_as_its_route_says(app: FastAPI, issuer: Issuer) -> None:
    async def sent(path: str, size: int) -> AsgiAnswer:
        chunks = [b'{"words": "', *[b"x" * KIBI] * size, b'"}']
        return await asked(app, path, chunks, {**JSON, "authorization": f"Bearer {issuer.token('desk:read')}"})

    assert [(await sent(path, 60)).status for path in ("/small", "/large")] == [200, 200]
    refused = await sent("/small", 100)
    assert (refused.status, refused.read <= BODY_BYTES + 2 * KIBI) == (413, True)
    assert b"more than 65536 bytes" in refused.body
    held = {**JSON, "authorization": f"Bearer {issuer.token('desk:read')}", "content-length": "65537"}
    announced = await asked(app, "/small", endless(), held)
    assert (announced.status, announced.read) == (413, 0)
    assert announced.headers["content-type"] == "application/problem+json"
    app.state.body_bytes = 1 << 20
    assert (await sent("/small", 100)).status == 200
    assert [(await sent("/large", size)).status for size in (200, 300)] == [200, 413]


async def test_a_field_that_nobody_knows_is_refused_and_never_passed_over(app: FastAPI, issuer: Issuer) -> None:
    held = {**JSON, "authorization": f"Bearer {issuer.token('desk:read')}"}
    answer = await asked(app, "/small", [b'{"words": "x", "admin": true}'], held)
    assert (answer.status, b"`admin`" in answer.body) == (422, True)


async def test_a_body_that_does_not_say_that_it_is_json_is_not_read_as_json(app: FastAPI, issuer: Issuer) -> None:
    held = {"content-type": "text/plain", "authorization": f"Bearer {issuer.token('desk:read')}"}
    assert (await asked(app, "/small", [b'{"words": "x"}'], held)).status == 422


async def test_a_signature_over_the_body_is_checked_before_anything_is_made_of_it(app: FastAPI) -> None:
    assert (await asked(app, "/signed", [b"abc"], {"signature": f"{sum(b'abc')}"})).body == b"3"
    assert (await asked(app, "/signed", [b"[" * 60_000], JSON)).status == 401
    answer = await asked(app, "/signed", endless(), JSON)
    assert (answer.status, answer.read <= BODY_BYTES + 2 * KIBI) == (413, True)


async def test_who_asks_too_often_is_refused_wherever_they_ask_from_and_nobody_else(
    app: FastAPI, issuer: Issuer
) -> None:
    app.state.rates = RateCounts(3)

    async def status(sub: str) -> int:
        held = {**JSON, "authorization": f"Bearer {issuer.token('desk:read', sub=sub)}"}
        return (await asked(app, "/small", [b"{}"], held)).status

    assert [await status("li") for _ in range(5)] == [200, 200, 200, 429, 429]
    assert await status("wang") == 200


async def test_a_body_that_comes_in_drops_is_given_up(
    app: FastAPI, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit, "GRACE_SECONDS", 0.01)
    held = {**JSON, "authorization": f"Bearer {issuer.token('desk:read')}"}
    answer = await asked(app, "/small", [b'{"words": "'], held, stalls=True)
    assert (answer.status, b"too slowly: 11 bytes" in answer.body) == (408, True)


async def test_a_command_knows_who_asks(app: FastAPI, issuer: Issuer) -> None:
    token = issuer.token("desk:write", sub="li")
    assert (await asked(app, "/command", [b"{}"], {**JSON, "authorization": f"bearer {token}"})).body == b'"li"'


def nobody() -> dict[str, str]:
    return {}


@pytest.mark.parametrize(
    "declared",
    [[], [Depends(nobody)], [Depends(READ), Depends(Public("twice"))], [Depends(READ), Depends(scope("x:y"))]],
)
def test_a_route_that_does_not_say_who_may_ask_cannot_be_built(declared: list[Any]) -> None:
    with pytest.raises(TypeError, match="/open must declare one authentication"):
        guarded(dependencies=declared).get("/open")(nobody)


def test_an_app_with_a_route_that_goes_round_the_door_is_not_started() -> None:
    app, inner = FastAPI(), APIRouter()
    app.include_router(routes())
    check_guarded(app)
    inner.get("/round")(nobody)
    middle = guarded()
    middle.include_router(inner, prefix="/the-back")
    app.include_router(middle)
    with pytest.raises(TypeError, match="/the-back/round"):
        check_guarded(app)


def test_every_kind_says_what_it_wants() -> None:
    signature = BodySignature("a sum", "x-sum", _signed)
    kinds: list[Callable[..., Any]] = [READ, SignedLink("survey"), Public("health"), signature]
    assert [f"{each.kind}: {each.wants}" for each in kinds] == [  # type: ignore[attr-defined]
        "bearer: desk:read",
        "signed link: survey",
        "public: health",
        "body signature: a sum",
    ]
