"""Connections are counted, so one on which nothing is asked must not be kept for ever."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from deploy.local.embedded import free_port, until_open
from shared.contracts.base import changed
from shared.host import connections
from shared.host.server import Server
from shared.settings import Http, Settings

GET = b"GET / HTTP/1.1\r\nhost: localhost\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers once it has the body, or at once where it takes none."""
    while scope["path"] != "/refused" and (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that answers four connections at once."""
    own = changed(Settings(), http_port=free_port(), http=Http(max_connections=5))
    serving = asyncio.create_task(Server(app, own).serve())
    await until_open(own.http_port, "HTTP")
    yield own.http_port
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.mark.parametrize(
    "requests", [b"", b"GET /", GET, GET + b"\r\nGET / HT"], ids=["nothing", "word", "head", "second"]
)
async def test_those_that_ask_nothing_leave_room_for_others(
    port: int, requests: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
    for _, writer in held:
        writer.write(requests)
    async with asyncio.timeout(10):
        answers = [await reader.read() for reader, _ in held]  # until we are let go
    for _, writer in held:
        writer.close()
    assert all(answer.count(b" 204 ") == requests.count(b"\r\n\r\n") for answer in answers)
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 204


async def test_a_body_may_take_longer_than_a_head(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    slow, slow_writer = await asyncio.open_connection("127.0.0.1", port)
    slow_writer.write(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\na")
    silent, silent_writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(10):
        assert await silent.read() == b""
        slow_writer.write(b"b")
        assert b" 204 " in await slow.readuntil(b"\r\n\r\n")
    for writer in (slow_writer, silent_writer):
        writer.close()


async def test_a_body_that_goes_on_after_it_was_refused_does_not_hold_the_connection(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /refused HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\na")
    assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"b")
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
