"""Read the body of a response within limits: decompressed in small pieces and counted."""

import zlib
from collections.abc import AsyncIterator

import httpx

from services.his_adapter.formats.settings import Bulk

PIECE = 1 << 20
SMALL = 16 << 20
"""Decompressed bytes below which the compression ratio is not checked."""
WORDS = 64 << 10
"""Longest short answer that is read, in bytes."""


class Failed(Exception):
    """A request to the server failed; the text says what it answered."""


class Budget:
    """Bytes that an export may still have."""

    def __init__(self, limits: Bulk) -> None:
        self._limits, self._left = limits, limits.max_bytes

    def spend(self, size: int, unpacked: int, packed: int) -> None:
        """Count `size` more bytes of a response with `unpacked` bytes so far, from `packed` bytes. Raises `Failed`."""
        self._left -= size
        if self._left < 0:
            raise Failed(f"the export has more than {self._limits.max_bytes} bytes (CARELOOP_BULK__MAX_BYTES)")
        if unpacked > SMALL and unpacked > packed * self._limits.max_ratio:
            most = self._limits.max_ratio
            raise Failed(f"unpacked, a file has more than {most} times its bytes (CARELOOP_BULK__MAX_RATIO)")


async def pieces(answer: httpx.Response, budget: Budget) -> AsyncIterator[bytes]:
    """Yield the decompressed body. Raises `Failed`, or `httpx.ReadError` if it ends too early."""
    unpacked = 0
    async for piece in _unpacked(answer):
        unpacked += len(piece)
        budget.spend(len(piece), unpacked, answer.num_bytes_downloaded)
        yield piece


def _unpacked(answer: httpx.Response) -> AsyncIterator[bytes]:
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Failed(f"a file is packed as {clean(encoding)}, which we did not ask for")
    raw = answer.aiter_raw()
    return raw if encoding in ("", "identity") else _inflated(raw)


async def _inflated(raw: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Decompress gzip in pieces of at most `PIECE` bytes; httpx would decompress a whole chunk at once."""
    inflater, complete = zlib.decompressobj(31), True
    async for chunk in raw:
        while chunk:
            try:
                piece = inflater.decompress(chunk, PIECE)
            except zlib.error as error:
                raise Failed("a file is packed as gzip, and broken") from error
            if piece:
                yield piece
            chunk, complete = inflater.unconsumed_tail, inflater.eof
            if inflater.eof:
                chunk, inflater = inflater.unused_data, zlib.decompressobj(31)
    if not complete:
        raise httpx.ReadError("a packed file ends too early")


async def whole(answer: httpx.Response, most: int, what: str) -> bytes:
    """Read a body of at most `most` bytes; `what` names it in errors. Raises `Failed`."""
    body = b""
    async for piece in _unpacked(answer):
        body += piece
        if len(body) > most:
            raise Failed(f"{what} has more than {most} bytes")
    return body


def clean(text: object) -> str:
    """Return at most 200 characters of a text, with unprintable ones as blanks."""
    return "".join(character if character.isprintable() else " " for character in str(text)[:200])
