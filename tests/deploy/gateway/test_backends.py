"""The gateway believes only the process that it started."""

import asyncio
import os
from pathlib import Path

import httpx

from deploy.cli.context import context
from deploy.gateway.backends import Backends
from deploy.local.embedded import free_port
from deploy.local.options import Options, remember
from deploy.operating.statuses import Processes


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The status answer of a role with process id 7."""
    await reader.readuntil(b"\r\n\r\n")
    body = b'{"pid": 7, "ready": true}'
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    await writer.drain()
    writer.close()


async def test_another_process_at_a_roles_address_is_not_taken_for_the_role() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    backends = Backends({}, {"a": address, "b": address}, pids={"a": 7, "b": 8}.get)
    statuses = await backends.status()
    assert statuses["a"]["ready"] is True
    assert statuses["b"] == {"ready": False, "error": "another process answers at its address", "log": "b"}
    await backends.client.aclose()
    server.close()


def test_no_port_is_given_twice_and_none_from_the_range_of_outgoing_connections() -> None:
    given = [free_port() for _ in range(500)]
    assert len(set(given)) == 500
    assert max(given) < 32_768


async def test_commands_ask_the_roles_themselves_what_the_gateway_tells_nobody(tmp_path: Path) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address, silent = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", f"http://127.0.0.1:{free_port()}"
    remember(Options(*range(1, 7), tmp_path), os.getpid(), {"contacts": address, "notify": silent})
    statuses = await asyncio.to_thread(context(tmp_path).status)
    assert statuses["contacts"] == {"pid": 7, "ready": True}
    assert statuses["notify"] == {"ready": False, "error": "ConnectError", "log": str(tmp_path / "logs" / "notify.log")}
    server.close()


async def test_a_process_that_wants_a_token_says_so_instead_of_seeming_to_start() -> None:
    refused = {"type": "token-missing", "detail": "send `Authorization: Bearer …`"}
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(401, json=refused)))
    statuses = await Processes(client, {"notify-sender": "https://notify-sender:8080"}).status()
    assert statuses["notify-sender"] == {
        "ready": False,
        "error": "401: send `Authorization: Bearer …`",
        "log": "notify-sender",
    }
