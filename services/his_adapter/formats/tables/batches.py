"""What the process that reads a file writes: JSON lines, looked at one by one since nobody trusts it."""

import asyncio
from typing import Any

import orjson

from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.formats.tables.sheets import Cell

BATCH, BATCH_BYTES = 500, 8 << 20
Numbered = tuple[int, dict[str, Cell]]


async def batch_of(lines: asyncio.StreamReader) -> tuple[list[Numbered], bool]:
    """Some rows, and whether they were the last; neither where the child is gone. Raises `BadFile`."""
    batch, size = list[Numbered](), 0
    while len(batch) < BATCH and size < BATCH_BYTES:
        try:
            line = await lines.readline()
        except ValueError as error:
            raise BadFile("its reader wrote a row without an end") from error
        if not line.endswith(b"\n"):
            return batch, False
        told = _told(line)
        if isinstance(told, dict):
            return batch, True
        batch.append(told)
        size += len(line)
    return batch, False


def _told(line: bytes) -> Numbered | dict[str, Any]:
    """A row, or the last line. Raises `BadFile`."""
    try:
        match orjson.loads(line):
            case [int(number), dict(row)] if all(isinstance(cell, Cell | None) for cell in row.values()):
                return number, row
            case {"refused": str(reason)}:
                raise BadFile(reason[:500])
            case {"rows": int()} as last:
                return dict(last)
    except orjson.JSONDecodeError:
        pass
    raise BadFile("its reader wrote what is no row")
