"""Calls an ASGI app directly, to count the bytes of the body that it read; no HTTP client shows that."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class AsgiAnswer:
    """The response, and the number of bytes of the body that the app read."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    read: int = 0


async def asked(
    app: Any,
    path: str,
    chunks: Iterable[bytes] = (),
    headers: dict[str, str] | None = None,
    method: str = "POST",
    *,
    stalls: bool = False,
) -> AsgiAnswer:
    """Send one request without Content-Length; after `chunks` its body ends, or `stalls`: no more comes."""
    answer, waiting, whole = AsgiAnswer(), iter(chunks), False
    path, _, query = path.partition("?")

    async def receive() -> dict[str, Any]:
        nonlocal whole
        chunk = next(waiting, b"")
        if whole or (stalls and not chunk):
            await asyncio.Event().wait()
        whole = not chunk
        answer.read += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        answer.body += message.get("body", b"")

    named = {"host": "test", **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await app(scope, receive, send)
    return answer
