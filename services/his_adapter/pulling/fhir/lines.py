"""Split a body into lines, without buffering more of a line than its maximum length."""

from collections.abc import AsyncIterator

from services.his_adapter.pulling.fhir.bodies import Failed

ENDLESS = 16
"""A line longer than this many times the maximum stops the reading; a shorter one is truncated."""


async def lines(body: AsyncIterator[bytes], longest: int) -> AsyncIterator[bytes]:
    """Yield the lines of a body, which end with LF. A line over `longest` bytes is truncated to `longest + 1`.

    Raises `Failed` for a line of more than `ENDLESS` times `longest`.
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
