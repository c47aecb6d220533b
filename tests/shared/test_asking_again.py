"""What only reads is asked again if the server closed the kept connection just then; what changes something is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from shared.host.asking_again import TRIES, AskingAgain

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Forgetful:
    """Answers the first request of each connection and closes at the next one. `silent`: closes at every one."""

    def __init__(self, silent: bool = False) -> None:
        self.requests, self._silent = 0, silent

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(2):
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            if number or self._silent:
                break
            writer.write(ANSWER)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def asking(server: Forgetful) -> AsyncIterator[httpx.AsyncClient]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    transport = AskingAgain(httpx.AsyncHTTPTransport())
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}:{port}") as http:
        yield http
    listening.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_kept_connection_that_ended_is_replaced(method: str) -> None:
    server = Forgetful()
    async with asking(server) as http:
        assert (await http.get("/")).text == "ok"
        assert (await http.request(method, "/")).status_code == 200
    assert server.requests == 3


@pytest.mark.parametrize(("method", "body"), [("POST", b"x"), ("DELETE", None), ("GET", b"x")])
async def test_what_may_change_something_is_sent_once(method: str, body: bytes | None) -> None:
    server = Forgetful()
    async with asking(server) as http:
        await http.get("/")
        with pytest.raises(httpx.RemoteProtocolError):
            await http.request(method, "/", content=body)
    assert server.requests == 2


async def test_who_never_answers_is_not_asked_for_ever() -> None:
    server = Forgetful(silent=True)
    async with asking(server) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get("/")
    assert server.requests == TRIES
