"""A table as a workbook (Office Open XML, ECMA-376) that somebody takes along, with what they may see and no more.

The services are asked page by page as the person who exports, so that each record of it is in the access log.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

import xlsxwriter
from fastapi import Response

from console.texts import Language, named, translations

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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
        whole: bool,
        language: Language,
        zone: ZoneInfo,
        now: datetime,
        all_named: bool = True,
    ) -> Response:
        """The workbook as a download; `now` names the file.

        `whole`: whether these are all rows that there are; `all_named`: whether the names of patients could be read.
        What is missing is said at the end, in a line each.
        Times are in the hospital's zone, as on the page. A text is a text, also one that looks like a formula or an
        address: it may be a patient's, and it must not run at whoever opens the file.
        """
        # to write a long one takes a second
        content = await asyncio.to_thread(self._written, rows, whole, language, zone, all_named)
        name = f'attachment; filename="{self.screen}-{now.astimezone(zone):%Y%m%d-%H%M}.xlsx"'
        return Response(content, media_type=MEDIA_TYPE, headers={"content-disposition": name})

    def _written(self, rows: Iterable[Row], whole: bool, language: Language, zone: ZoneInfo, all_named: bool) -> bytes:
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
            notes = [] if whole else [_("There are more rows: choose fewer with the filter.")]
            notes += [] if all_named else [_("Names of patients could not be read just now. Try again later.")]
            for line, note in enumerate(notes, number + 1):
                sheet.write_string(line, 0, note, bold)
        return file.getvalue()


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
