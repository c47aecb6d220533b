"""A body as lines, none of which is held longer than it may be."""

from collections.abc import AsyncIterator

from services.his_adapter.formats.fhir.answers import Failed

ENDLESS = 16
"""A line of so many times the longest has no end; up to there it is one that is too long."""


async def lines(body: AsyncIterator[bytes], longest: int) -> AsyncIterator[bytes]:
    """Lines end with LF alone. Of one that is too long comes its beginning, one byte more than may be.

    Raises `Failed` for a line without an end.
    """
    line, length = bytearray(), 0
    async for piece in body:
        start = 0
        while start < len(piece):
            at = piece.find(b"\n", start)
            end = len(piece) if at < 0 else at
            line += piece[start : min(end, start + longest + 1 - len(line))]
            length += end - start
            if length > longest * ENDLESS:
                raise Failed(f"a line has no end: {ENDLESS} times what it may have (CARELOOP_BULK__MAX_LINE_BYTES)")
            if at >= 0:
                yield bytes(line)
                line, length = bytearray(), 0
            start = end + 1
    if line:
        yield bytes(line)
