"""A collector of spans and metrics that keeps what it is sent."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def collector() -> AsyncIterator[tuple[str, dict[str, list[bytes]]]]:
    """Run a collector (OTLP over HTTP); yields its address and the bodies that were posted, by path."""
    taken = defaultdict[str, list[bytes]](list)

    async def take(incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        first, *lines = (await incoming.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in filter(None, lines))
        taken[first.split()[1]].append(await incoming.readexactly(int(headers["content-length"])))
        outgoing.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await outgoing.drain()
        outgoing.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", taken
