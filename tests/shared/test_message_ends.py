"""Where a request ends is settled in one way, so that no proxy before us can be made to see another one in it."""

import asyncio

import pytest

from tests.shared.test_edge import listening, service

NEXT = b"GET /echo/next HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


async def statuses(head: bytes, body: bytes) -> list[bytes]:
    """The statuses answered to one request with another behind it on the same connection."""
    async with listening(service()) as url:
        reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
        writer.write(b"POST /raw HTTP/1.1\r\nhost: x\r\n" + head + b"\r\n" + body + NEXT)
        answer = await reader.read()
        writer.close()
    return [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]


async def test_of_a_length_and_chunks_the_chunks_count() -> None:
    head = b"content-length: 4\r\ntransfer-encoding: chunked\r\n"
    assert await statuses(head, b"2\r\nab\r\n0\r\n\r\n") == [b"200", b"200"]


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: 4\r\ncontent-length: 5\r\n",
        b"content-length: +4\r\n",
        b"content-length: 4, 5\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"content-length : 4\r\n",
    ],
)
async def test_what_may_be_read_in_two_ways_is_refused_and_ends_the_connection(head: bytes) -> None:
    assert await statuses(head, b"abcd") == [b"400"]
