"""What the gateway passes on stays what it was: paths, streams, encodings and cookies, each to its own."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from deploy.gateway import app as gateway
from deploy.gateway.backends import Backends
from tests.shared.test_edge import listening, service
from tests.support.asgi import asked


@asynccontextmanager
async def behind_the_gateway(app: Any = None) -> AsyncIterator[httpx.AsyncClient]:
    """A service as `contacts` behind the gateway, which has one connection to it."""
    async with listening(app or service()) as url:
        pids: Callable[[str], int | None] = {}.get
        backends = Backends({("contacts", "api"): url}, {}, pids)
        async with listening(gateway.build(backends)) as front, httpx.AsyncClient(base_url=front, timeout=60) as client:
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
        backends = Backends({("contacts", "api"): url}, {}, pids)
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
                    await asyncio.sleep(0)
            finally:
                ended.set()

        return StreamingResponse(words())

    async with behind_the_gateway(app) as client:
        async with client.stream("GET", "/contacts/endless") as answer:
            assert await anext(answer.aiter_raw())
        await asyncio.wait_for(ended.wait(), 10)


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
    backends = Backends(apis, {}, pids)
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


@pytest.mark.parametrize("path", ["/", "/cases", "/contacts/v1/persons"])
async def test_while_nothing_answers_a_person_gets_a_page_that_tries_again_and_a_program_a_problem(path: str) -> None:
    nowhere = "http://127.0.0.1:9"
    backends = Backends({("contacts", "api"): nowhere}, {}, None, console=nowhere)
    app = gateway.build(backends)
    page = await asked(app, path, headers={"host": "localhost", "accept": "text/html,*/*"}, method="GET")
    assert (page.status, b'http-equiv="refresh"' in page.body) == (503, True)
    assert (b"\xe4\xbf\x9d\xe7\x95\x99" in page.body) == (not path.startswith("/contacts"))  # what was typed is kept
    if path != "/":  # programs learn there which services there are
        problem = await asked(app, path, headers={"host": "localhost", "accept": "application/json"}, method="GET")
        assert (problem.status, problem.headers["content-type"]) == (503, "application/problem+json")
    await backends.client.aclose()
