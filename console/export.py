"""A table as a workbook (Office Open XML, ECMA-376) that somebody takes along, with what they may see and no more.

The services are asked page by page as the person who exports, so that each record of it is in the access log.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NewType, Protocol, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Response

from console.texts import Language, named, translations

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Lack = NewType("Lack", str)
"""A text that says what a workbook lacks."""
MORE_ROWS = Lack("There are more rows: choose fewer with the filter.")
NAMES_AWAY = Lack("Names of patients could not be read just now. Try again later.")
MOST_ROWS = 5000
"""Rows of an export; a last line says so if there would be more."""
MOST_PAGES = 50
"""Pages that are asked for: one is short where most of its rows are not the reader's."""
PAGE = 200
"""Rows asked for at once; the most that the services give."""
LONGEST = 32_767
"""Characters that a cell can hold."""
WIDTH = 22
Cell = str | int | datetime | None
Row = TypeVar("Row")
Name = Callable[[str, str], str]
"""The name of a value in the reader's language: `name("status", "open")`."""


class Answered(Protocol):
    """A page of a list as a service answers it."""

    @property
    def data(self) -> Sequence[Any]:
        """The rows."""

    @property
    def next(self) -> str | None:
        """The cursor of the next page; None at the end."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: `title` is the text in its head; `cell` what it shows of a row."""

    title: str
    cell: Callable[[Row, Name], Cell]


@dataclass(frozen=True, slots=True)
class Sheet(Generic[Row]):
    """A table of a screen, which names the file as well."""

    screen: str
    columns: tuple[Column[Row], ...]

    async def workbook(
        self,
        rows: Iterable[Row],
        lacks: Sequence[Lack],
        language: Language,
        zone: ZoneInfo,
        now: datetime,
    ) -> Response:
        """The workbook as a download; `now` names the file. `lacks`: what is missing, a line each at the end.

        Times are in the hospital's zone, as on the page. A text is a text, also one that looks like a formula or an
        address: it may be a patient's, and it must not run at whoever opens the file.
        """
        # to write a long one takes a second
        content = await asyncio.to_thread(self._written, rows, lacks, language, zone)
        name = f'attachment; filename="{self.screen}-{now.astimezone(zone):%Y%m%d-%H%M}.xlsx"'
        return Response(content, media_type=MEDIA_TYPE, headers={"content-disposition": name})

    def _written(self, rows: Iterable[Row], lacks: Sequence[Lack], language: Language, zone: ZoneInfo) -> bytes:
        import xlsxwriter  # 11 MiB that a process without exports needs not

        _ = translations(language).gettext
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            sheet = book.add_worksheet(_(f"screen.{self.screen}")[:31])
            moment, bold = book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), book.add_format({"bold": True})
            sheet.set_column(0, len(self.columns) - 1, WIDTH)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, [_(column.title) for column in self.columns], bold)
            number = 0
            for number, row in enumerate(rows, 1):
                for place, column in enumerate(self.columns):
                    value = column.cell(row, lambda kind, value: named(language, kind, value))
                    if isinstance(value, datetime):
                        sheet.write_datetime(number, place, value.astimezone(zone).replace(tzinfo=None), moment)
                    elif isinstance(value, int):
                        sheet.write_number(number, place, value)
                    elif value:
                        sheet.write_string(number, place, value[:LONGEST])
            for line, text in enumerate(lacks, number + 1):
                sheet.write_string(line, 0, _(text), bold)
        return file.getvalue()


def missing(whole: bool, all_named: bool = True) -> list[Lack]:
    """What a workbook lacks: rows unless `whole`, names of patients unless `all_named`."""
    return [text for text, there in ((MORE_ROWS, whole), (NAMES_AWAY, all_named)) if not there]


async def every(ask: Callable[[str | None, int], Awaitable[Answered]]) -> tuple[list[Any], bool]:
    """The rows of all pages of a list, and whether that is all. `ask`: the page at a cursor, of so many rows.

    Raises what the services raise: an export that lacks rows because one was away says so instead of being short.
    """
    rows: list[Any] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await ask(cursor, PAGE)
        rows += page.data
        cursor = page.next
        if not cursor:
            return rows[:MOST_ROWS], len(rows) <= MOST_ROWS
        if len(rows) >= MOST_ROWS:
            break
    return rows[:MOST_ROWS], False
