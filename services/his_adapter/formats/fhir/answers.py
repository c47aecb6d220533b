"""What a server answers, read within bounds: unpacked piece by piece, counted, lines no longer than they may be."""

import zlib
from collections.abc import AsyncIterator

import httpx

from services.his_adapter.settings import Bulk

PIECE = 1 << 20
SMALL = 16 << 20
"""Bytes up to which a ratio says nothing."""
WORDS = 64 << 10


class Failed(Exception):
    """The server did not do as asked; the text says what it answered."""


class Budget:
    """How many bytes an export may still come to."""

    def __init__(self, limits: Bulk) -> None:
        self._limits, self._left = limits, limits.max_bytes

    def spend(self, size: int, unpacked: int, packed: int) -> None:
        """Some bytes more, of an answer with so many in all. Raises `Failed`."""
        self._left -= size
        if self._left < 0:
            raise Failed(f"the export has more than {self._limits.max_bytes} bytes (CARELOOP_BULK__MAX_BYTES)")
        if unpacked > SMALL and unpacked > packed * self._limits.max_ratio:
            most = self._limits.max_ratio
            raise Failed(f"unpacked, a file has more than {most} times its bytes (CARELOOP_BULK__MAX_RATIO)")


async def pieces(answer: httpx.Response, budget: Budget) -> AsyncIterator[bytes]:
    """The body, unpacked. Raises `Failed`; `httpx.ReadError` where it ends too early."""
    packing = answer.headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise Failed(f"a file is packed as {clean(packing)}, which we did not ask for")
    unpacked = 0
    raw = answer.aiter_raw()
    async for piece in raw if packing in ("", "identity") else _inflated(raw):
        unpacked += len(piece)
        budget.spend(len(piece), unpacked, answer.num_bytes_downloaded)
        yield piece


async def _inflated(raw: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """At most a piece at a time: httpx would unpack all that came at once, a thousand times its size."""
    inflater, whole = zlib.decompressobj(31), True
    async for chunk in raw:
        while chunk:
            try:
                piece = inflater.decompress(chunk, PIECE)
            except zlib.error as error:
                raise Failed("a file is packed as gzip, and broken") from error
            if piece:
                yield piece
            chunk, whole = inflater.unconsumed_tail, inflater.eof
            if inflater.eof:
                chunk, inflater = inflater.unused_data, zlib.decompressobj(31)
    if not whole:
        raise httpx.ReadError("a packed file ends too early")


async def whole(answer: httpx.Response, most: int, what: str) -> bytes:
    """A short body. Raises `Failed`."""
    body = b""
    async for piece in pieces(answer, Budget(Bulk())):
        body += piece
        if len(body) > most:
            raise Failed(f"{what} has more than {most} bytes")
    return body


def clean(text: object) -> str:
    """Words of a server, short and printable."""
    return "".join(each if each.isprintable() else " " for each in str(text)[:200])
