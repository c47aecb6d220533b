"""What comes over HTTP from anybody: half an emoji, numbers without end, odd bytes in headers. Never a 500."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from deploy.local import gateway
from shared import problems
from shared.http import Body, known_parameters
from shared.storable import storable
from tests.support.asgi import asked
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


@asynccontextmanager
async def behind_the_gateway(app: Any = None) -> AsyncIterator[httpx.AsyncClient]:
    """A service as `contacts` behind the gateway, which has one connection to it."""
    async with listening(app or service()) as url:
        pids: Callable[[str], int | None] = {}.get
        backends = gateway.Backends({("contacts", "api"): url}, {}, pids)
        async with listening(gateway.build(backends)) as front, httpx.AsyncClient(base_url=front) as client:
            yield client
            await backends.client.aclose()


async def test_an_error_behind_the_gateway_poisons_no_neighbours_request() -> None:
    async with behind_the_gateway() as client:
        for _ in range(5):
            assert (await client.get("/contacts/break")).status_code == 500
            assert (await client.get("/contacts/echo/a")).status_code == 200


@pytest.mark.parametrize("path", ["a%2Fb", "%ED%A0%BD", "a%20b%3Fc%23d", "é"])
async def test_the_gateway_passes_a_path_on_as_it_came(path: str) -> None:
    async with behind_the_gateway() as client:
        answer = await client.get(f"/contacts/echo/{path}?q=%FF%2B&x=%ED%A0%BD")
    assert answer.json()["raw"] == f"/echo/{httpx.URL(f'/{path}').raw_path.decode()[1:]}"
    assert answer.json()["query"] == "q=%FF%2B&x=%ED%A0%BD"


async def test_who_asks_is_not_what_they_say_of_the_way_they_came() -> None:
    app = service()

    @app.get("/peer")
    async def peer(request: Request) -> str:
        return request.client.host if request.client else ""

    claimed = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9", "x-real-ip": "203.0.113.9"}
    async with listening(app) as url:
        pids: Callable[[str], int | None] = {}.get
        backends = gateway.Backends({("contacts", "api"): url}, {}, pids)
        answer = await asked(
            gateway.build(backends), "/contacts/peer", headers={"host": "localhost", **claimed}, method="GET"
        )
        await backends.client.aclose()
    assert answer.body == b'"127.0.0.1"'


@pytest.mark.parametrize("path", ["%00", "a%0Ab", "%0D%0A", "%7F", "..%2F..", "%25%30"])
async def test_odd_characters_in_a_path_are_no_error_of_the_gateway(path: str) -> None:
    async with behind_the_gateway() as client:
        assert (await client.get(f"/contacts/echo/{path}")).status_code < 500


async def test_the_gateway_passes_an_answer_on_as_it_comes_compressed_and_with_each_cookie() -> None:
    app, more = service(), asyncio.Event()

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def words() -> AsyncIterator[bytes]:
            yield gzip.compress(b"first")
            await more.wait()
            yield gzip.compress(b", then the rest")

        answer = StreamingResponse(words(), headers={"content-encoding": "gzip"})
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2")
        return answer

    async with behind_the_gateway(app) as client, client.stream("GET", "/contacts/stream") as answer:
        assert answer.headers.get_list("set-cookie") == ["a=1; Path=/; SameSite=lax", "b=2; Path=/; SameSite=lax"]
        chunks = answer.aiter_raw()
        assert gzip.decompress(await anext(chunks)) == b"first"
        more.set()
        assert gzip.decompress(await anext(chunks)) == b", then the rest"


async def test_the_gateway_sends_nobody_the_cookie_of_another() -> None:
    app = service()

    @app.get("/cookies")
    async def cookies(request: Request) -> Response:
        answer = Response(request.headers.get("cookie", "none"))
        answer.set_cookie("session", "mine")
        return answer

    async with behind_the_gateway(app) as one:
        assert (await one.get("/contacts/cookies")).text == "none"
        async with httpx.AsyncClient(base_url=one.base_url) as other:
            assert (await other.get("/contacts/cookies")).text == "none"
        assert (await one.get("/contacts/cookies")).text == "session=mine"


async def test_a_reader_who_leaves_ends_the_answer_behind_the_gateway() -> None:
    app, ended = service(), asyncio.Event()

    @app.get("/endless")
    async def endless() -> StreamingResponse:
        async def words() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"."
                    await asyncio.sleep(0.01)
            finally:
                ended.set()

        return StreamingResponse(words())

    async with behind_the_gateway(app) as client:
        async with client.stream("GET", "/contacts/endless") as answer:
            assert await anext(answer.aiter_raw())
        await asyncio.wait_for(ended.wait(), 10)


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


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/v1/hl7", "intake"),
        ("/v1/fhir/Patient", "intake"),
        ("/v1/fhirs", "api"),
        ("/v1/messages", "api"),
        ("/", "api"),
    ],
)
def test_the_gateway_knows_which_role_answers(path: str, role: str) -> None:
    apis = {("his_adapter", "api"): "api", ("his_adapter", "intake"): "intake", ("notify", "api"): "notify"}
    pids: Callable[[str], int | None] = {}.get
    backends = gateway.Backends(apis, {}, pids)
    assert (backends.api_of("his_adapter", path), backends.api_of("notify", path)) == (role, "notify")


async def test_the_gateway_passes_on_a_refusal_of_what_is_still_being_sent() -> None:
    app = service()

    @app.post("/little", max_body_size=1024)
    async def little(request: Request) -> int:
        return len(await request.body())

    async def much() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * (1 << 18)

    async with behind_the_gateway(app) as client:
        assert (await client.post("/contacts/little", content=b" " * 1024)).json() == 1024
        for content in (b" " * (1 << 24), much()):
            assert (await client.post("/contacts/little", content=content)).status_code == 413
        assert (await client.post("/contacts/little", content=b" ")).json() == 1
