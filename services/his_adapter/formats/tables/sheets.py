"""Files as rows: CSV in whatever encoding it comes, Excel and OpenDocument by the calamine reader.

Runs in the child process of `parsing.py`: the workbook's reader aborts where memory runs out.
"""

import math
from collections.abc import Iterator
from itertools import dropwhile
from typing import Any, BinaryIO

import python_calamine

from services.his_adapter.formats.tables.faults import BadFile, beyond
from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.formats.tables.texts import Text
from services.his_adapter.formats.tables.zips import check_unpacked

SHEETS = (".xlsx", ".xls", ".xlsb", ".ods")
Cell = str | int | float | bool | None


def rows(file: BinaryIO, suffix: str, limits: Drop) -> Iterator[tuple[int, dict[str, Cell]]]:
    """Each row by its number in the file (the header is 1) and by column. Raises `BadFile` before it gives any."""
    whole = _workbook(file, limits) if suffix in SHEETS else Text(file, limits)
    for _ in _rows(whole, limits):
        pass
    yield from _rows(whole, limits)


class _Workbook:
    """The first sheet of a workbook; iterable as often as wanted."""

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
    except BaseException as error:  # a panic of the Rust reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise BadFile(f"the workbook cannot be read ({type(error).__name__})") from error
    return _Workbook(sheet)


def _rows(whole: "_Workbook | Text", limits: Drop) -> Iterator[tuple[int, dict[str, Cell]]]:
    lines = iter(whole)
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
    """A cell as JSON has it; times as they are written."""
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else str(cell)
    return cell if isinstance(cell, str | int | bool | None) else str(cell)
