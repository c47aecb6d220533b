"""Read the JSON lines written by the parsing child process; each is checked, since the child is not trusted."""

import asyncio
from typing import Any

import orjson

from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.formats.tables.sheets import Cell

BATCH, BATCH_BYTES = 500, 8 << 20
Numbered = tuple[int, dict[str, Cell]]


async def batch_of(lines: asyncio.StreamReader) -> tuple[list[Numbered], bool]:
    """Return some rows, and whether they were the last; ([], False) if the child died. Raises `BadFile`."""
    batch, size = list[Numbered](), 0
    while len(batch) < BATCH and size < BATCH_BYTES:
        try:
            line = await lines.readline()
        except ValueError as error:
            raise BadFile("its reader wrote a row without an end") from error
        if not line.endswith(b"\n"):
            return batch, False
        row = _parsed(line)
        if isinstance(row, dict):
            return batch, True
        batch.append(row)
        size += len(line)
    return batch, False


def _parsed(line: bytes) -> Numbered | dict[str, Any]:
    """Return a numbered row, or a dict for the last line. Raises `BadFile`."""
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
