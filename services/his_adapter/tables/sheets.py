"""Files as rows: CSV in whatever encoding it comes, Excel and OpenDocument by the calamine reader."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import python_calamine

SHEETS = (".xlsx", ".xls", ".xlsb", ".ods")
TEXTS = (".csv", ".txt", ".tsv")
csv.field_size_limit(16 << 20)  # a long cell is a row's matter, not the file's
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class BadFile(Exception):
    """A file that cannot be read as a table; the text says why."""


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row by its number in the file (the header is 1) and by column. Raises `BadFile`."""
    found = _sheet(path) if path.suffix.lower() in SHEETS else _text(path.read_bytes())
    header = [str(cell).strip() for cell in next(found, [])]
    if not any(header):
        raise BadFile("the first row must name the columns")
    for number, cells in enumerate(found, 2):
        if any(cell not in ("", None) for cell in cells):
            yield number, {name: cell for name, cell in zip(header, cells, strict=False) if name}


def _sheet(path: Path) -> Iterator[list[Any]]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(path.read_bytes()))
        found = book.get_sheet_by_index(0).to_python()
    except BaseException as error:  # a panic of the Rust reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise BadFile(f"the workbook cannot be read ({type(error).__name__})") from error
    yield from found


def _text(raw: bytes) -> Iterator[list[str]]:
    text = _decoded(raw)
    head = text.partition("\n")[0]
    mark = max(",;\t|", key=head.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    except csv.Error as error:
        raise BadFile(f"the CSV is broken: {error}") from error


def _decoded(raw: bytes) -> str:
    """By its byte order mark, else UTF-8, else GB18030; the whole file alike."""
    marked = next((name for mark, name in MARKS if raw.startswith(mark)), None)
    for name in [marked] if marked else ["utf-8", "gb18030"]:
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    raise BadFile("the text is neither UTF-8 nor GB18030")
