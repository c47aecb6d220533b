"""What comes over HTTP from anybody: half an emoji, numbers without end, odd bytes in headers. Never a 500."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import StreamingResponse

from shared import problems
from shared.host.storable import storable
from shared.http import Body, known_parameters
from tests.support.eventually import eventually


class Said(Body):
    """What the routes of these tests take."""

    summary: str = ""
    more: Any = None
    amount: float | None = None


def routes() -> APIRouter:
    router = APIRouter()

    @router.post("/say/{name}")
    async def say(name: str, body: Said, at: str = "") -> dict[str, str]:
        return {"said": body.summary}

    @router.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @router.get("/break")
    async def broken() -> None:
        raise TypeError("a rule is broken")

    @router.get("/echo/{path:path}")
    async def echo(path: str, request: Request, q: str = "", x: str = "") -> dict[str, str]:
        raw: bytes = request.scope["raw_path"]
        return {"path": path, "raw": raw.decode(), "query": request.scope["query_string"].decode()}

    return router


def service() -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.include_router(routes(), dependencies=[Depends(known_parameters), Depends(storable)])
    return app


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """The app behind a real server."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.socket() as at:
        at.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve([at]))
        await eventually(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{at.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with listening(service()) as url, httpx.AsyncClient(base_url=url) as http_client:
        yield http_client


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'{"summary": "cut \ud83d"}', "summary"),
        (b'{"summary": "raw \xed\xa0\xbd"}', "summary"),
        (rb'{"summary": "\ude00\ud83d the wrong way round"}', "summary"),
        (rb'{"summary": "nul \u0000"}', "summary"),
        (rb'{"more": {"a": [1, {"\ud83d": 2}]}}', "more.a.1"),
        (rb'{"more": {"a": ["x", "\udfff"]}}', "more.a.1"),
        (b'{"more": 123456789012345678901234567890}', "more"),
        (b'{"more": -9223372036854775809}', "more"),
        (b'{"amount": NaN}', "amount"),
        (b'{"more": [Infinity]}', "more.0"),
        (b'{"more": 1e999}', "more"),
        (b'{"more": ' + b"[" * 400 + b"]" * 400 + b"}", "more.0.0"),
        (b'{"more": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}", "more.a.a"),
    ],
)
async def test_what_could_not_be_kept_is_refused_naming_the_field(
    client: httpx.AsyncClient, body: bytes, field: str
) -> None:
    answer = await client.post("/say/me", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-field")
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert f"`{field}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"summary": "\xff"}',
        b"[" * 100_000,
        b'{"more": ' + b"9" * 5000 + b"}",
        b"{",
        b"",
        b"\x00",
    ],
)
async def test_what_is_no_json_is_a_client_error(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/say/me", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


async def test_whole_emoji_and_large_numbers_are_taken(client: httpx.AsyncClient) -> None:
    body = {"summary": "很好 😀", "more": [9223372036854775807, -9223372036854775808, 0.1, None, {"a": True}]}
    answer = await client.post("/say/me", json=body)
    assert answer.json() == {"said": "很好 😀"}


@pytest.mark.parametrize("place", ["/say/nul%00", "/say/me?at=%00"])
async def test_nul_in_a_path_or_a_query_is_refused(client: httpx.AsyncClient, place: str) -> None:
    answer = await client.post(place, json={})
    assert answer.status_code == 422
    assert ("`name`" if "nul" in place else "`at`") in answer.json()["detail"]


@pytest.mark.parametrize("place", ["/say/%ED%A0%BD", "/say/%FF", "/say/me?at=%ED%A0%BD", "/say/me?at=%FF%FE"])
async def test_bytes_in_a_path_or_a_query_that_are_no_text_do_no_harm(client: httpx.AsyncClient, place: str) -> None:
    assert (await client.post(place, json={})).status_code == 200


async def test_a_query_parameter_that_is_said_twice_means_neither(client: httpx.AsyncClient) -> None:
    answer = await client.get("/echo/a?q=mine&x=1&q=yours")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/parameter-repeated")
    assert "`q`" in answer.json()["detail"]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "DEBUG"])
async def test_a_method_that_no_route_has_is_answered_without_what_was_sent(
    client: httpx.AsyncClient, method: str
) -> None:
    answer = await client.request(method, "/echo/a", headers={"authorization": "Bearer secret"})
    assert (answer.status_code, "secret" in answer.text) == (405, False)


async def raw_answer(url: str, *requests: bytes) -> list[bytes]:
    """The status lines of requests sent one after the other over one connection; b"" where it was closed."""
    reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
    answers = []
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        await reader.readexactly(length)
        answers.append(head.split(b"\r\n")[0])
    writer.close()
    return answers


async def test_an_error_in_a_route_leaves_the_connection_to_the_next_request() -> None:
    get = b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n"
    async with listening(service()) as url:
        answers = await raw_answer(url, get % b"/break", get % b"/echo/a", get % b"/break", get % b"/echo/a")
    statuses = [int(line.split()[1]) for line in answers]
    assert statuses == [500, 200, 500, 200]


async def test_an_answer_that_was_half_said_ends_the_connection_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    app = service()

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def words() -> AsyncIterator[bytes]:
            yield b"half"
            raise TypeError("a rule is broken")

        return StreamingResponse(words())

    async with listening(app) as url, httpx.AsyncClient(base_url=url) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/half")
        assert (await client.get("/echo/a")).status_code == 200
