"""Read the rows of a CSV file, or of an Excel or OpenDocument workbook (with calamine).

Runs in the child process of `parsing.py`, because calamine aborts the process when memory runs out.
"""

import math
from collections.abc import Iterator
from itertools import dropwhile
from typing import Any, BinaryIO

import python_calamine

from services.his_adapter.formats.tables.faults import BadFile, beyond
from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.formats.tables.texts import CsvFile
from services.his_adapter.formats.tables.zips import check_unpacked

SHEETS = (".xlsx", ".xls", ".xlsb", ".ods")
Cell = str | int | float | bool | None


def rows(file: BinaryIO, suffix: str, limits: Drop) -> Iterator[tuple[int, dict[str, Cell]]]:
    """Yield the number of each row (the header is 1) and its cells by column. Raises `BadFile` before the first row."""
    source = _workbook(file, limits) if suffix in SHEETS else CsvFile(file, limits)
    for _ in _rows(source, limits):
        pass
    yield from _rows(source, limits)


class _Workbook:
    """The first sheet of a workbook; can be iterated repeatedly."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet

    def __iter__(self) -> Iterator[list[Any]]:
        return dropwhile(lambda cells: not any(cell != "" for cell in cells), self._sheet.iter_rows())


def _workbook(file: BinaryIO, limits: Drop) -> _Workbook:
    check_unpacked(file, limits)
    try:
        sheet = python_calamine.load_workbook(file).get_sheet_by_index(0)
    except MemoryError:
        raise
    except BaseException as error:  # a panic in Rust is not an Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise BadFile(f"the workbook cannot be read ({type(error).__name__})") from error
    return _Workbook(sheet)


def _rows(source: "_Workbook | CsvFile", limits: Drop) -> Iterator[tuple[int, dict[str, Cell]]]:
    lines = iter(source)
    header = [str(cell).strip() for cell in next(lines, [])]
    if not any(header):
        raise BadFile("the first row must name the columns")
    if len(header) > limits.max_columns:
        raise beyond("its columns are", "max_columns", limits.max_columns)
    for number, cells in enumerate(lines, 2):
        if number - 1 > limits.max_rows:
            raise beyond("its rows are", "max_rows", limits.max_rows)
        if any(cell not in ("", None) for cell in cells):
            row = {name: _plain(cell) for name, cell in zip(header, cells, strict=False) if name}
            if any(isinstance(cell, str) and len(cell) > limits.max_cell_characters for cell in row.values()):
                raise beyond("the characters of a cell are", "max_cell_characters", limits.max_cell_characters)
            yield number, row


def _plain(cell: Any) -> Cell:
    """Return a cell as a JSON value; times as text."""
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else str(cell)
    return cell if isinstance(cell, str | int | bool | None) else str(cell)
