"""Given a server that sends more than there is room for, when an export is read, then it ends, in little memory."""

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from services.his_adapter.formats.settings import Bulk
from services.his_adapter.pulling.fhir.bodies import Failed
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.fhir.export import Export, Position
from services.his_adapter.pulling.fhir.lines import ENDLESS, lines
from services.his_adapter.pulling.fhir.signing_in import BearerSignIn
from tests.support.bulk import TOKEN, BulkServer

MIB = 1 << 20


@pytest.fixture
def server() -> Iterator[BulkServer]:
    bulk_server = BulkServer()
    bulk_server.files = {"Patient": [{"n": 1}]}
    with bulk_server.running():
        yield bulk_server


async def read(server: BulkServer, **limits: Any) -> list[bytes]:
    feed = Feed(id="main", version=1, url=server.url)
    async with httpx.AsyncClient() as client:
        export = Export(client, feed, BearerSignIn(TOKEN), Bulk(**limits))
        position = await export.ask(Position())
        manifest = await export.manifest(position)
        return [line async for part in export.lines(manifest, position) for line in part.lines]


async def test_a_line_without_an_end_ends_the_export_and_is_never_held(server: BulkServer) -> None:
    server.bodies = {"Patient": ({}, b"x" * MIB, 100_000)}
    tracemalloc.start()
    with pytest.raises(Failed, match=f"a line has no end: {ENDLESS} times .*CARELOOP_BULK__MAX_LINE_BYTES"):
        await read(server, max_line_bytes=MIB)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 64 * MIB
    assert server.sent < 1000 * MIB


def squeezed(times: int) -> bytes:
    """So many MiB of nothing."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(times)) + packer.flush()


@pytest.mark.parametrize(
    ("packing", "body", "words"),
    [
        ("gzip", squeezed(400), "CARELOOP_BULK__MAX_RATIO"),
        ("gzip, gzip", gzip.compress(squeezed(400)), "packed as gzip, gzip, which we did not ask for"),
        ("br", b"x", "packed as br, which we did not ask for"),
        ("gzip", b"no gzip at all", "packed as gzip, and broken"),
    ],
)
async def test_what_is_small_only_while_it_is_packed_is_not_unpacked(
    server: BulkServer, packing: str, body: bytes, words: str
) -> None:
    server.bodies = {"Patient": ({"content-encoding": packing}, body, 1)}
    tracemalloc.start()
    with pytest.raises(Failed, match=words):
        await read(server, max_line_bytes=500 * MIB)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100 * MIB


async def test_packed_files_are_read_and_one_that_is_cut_breaks_off(server: BulkServer) -> None:
    packed = gzip.compress(b'{"n":1}\n') + gzip.compress(b'{"n":2}\n')
    server.bodies = {"Patient": ({"content-encoding": "gzip"}, packed, 1)}
    assert await read(server) == [b'{"n":1}', b'{"n":2}']
    server.bodies = {"Patient": ({"content-encoding": "gzip"}, packed[:-12], 1)}
    with pytest.raises(httpx.ReadError):
        await read(server)


async def test_an_export_has_no_more_bytes_or_files_than_it_may(server: BulkServer) -> None:
    server.bodies = {"Patient": ({}, b'{"n":1}\n' * 1000, 1000)}
    with pytest.raises(Failed, match="more than 1000000 bytes"):
        await read(server, max_bytes=1_000_000)
    server.says = {"output": [{"type": "Patient", "url": "x"}] * 60}
    with pytest.raises(Failed, match=r"names 60 files, more than 10 \(CARELOOP_BULK__MAX_FILES\)"):
        await read(server, max_files=10)
    with pytest.raises(Failed, match="the manifest has more than 1024 bytes"):
        await read(server, max_manifest_bytes=1024, max_files=10_000)


async def test_of_a_line_that_is_too_long_comes_the_beginning_and_the_next_one_is_whole() -> None:
    async def body() -> AsyncIterator[bytes]:
        for piece in (b"a\nxxxx", b"xxxxxxx", b"xx\n\nb", b"c\r\nd"):
            yield piece

    assert [line async for line in lines(body(), 5)] == [b"a", b"xxxxxx", b"", b"bc\r", b"d"]
