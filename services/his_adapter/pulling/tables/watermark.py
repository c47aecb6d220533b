"""How far a view was read: the position that is stored, where the next poll starts, and the rows that it reads again.

A transaction may commit after one that started later, so each poll starts before the watermark: by `overlap_minutes`
for times (whole days for dates), by `overlap_rows` for numbers and texts.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import ConfigDict, Field

from services.his_adapter.formats.tables.definitions import Table
from shared.contracts.base import Part

Mark = date | int | float | Decimal | str | None
"""The value of the watermark column in one row; a `datetime` is a `date`."""
Marks = dict[str, Mark]
"""Digest of a row → its watermark, in the order of the view."""


class Position(Part):
    """The watermark of the last row, and its type (None: a date).

    `start`: where the next poll starts; None for times and dates, which overlap by time.
    """

    model_config = ConfigDict(populate_by_name=True)

    watermark: int | str | None = None
    type: Literal["time", "day", "number", "decimal", "text"] | None = Field(None, alias="as")
    start: int | str | None = Field(None, alias="from")

    def starts_at(self, definition: Table) -> Mark:
        """Return the watermark value at which the next poll starts; None for the first poll."""
        value = self.watermark if self.start is None else self.start
        if value is None or self.type in ("number", "text"):
            return value
        text = str(value)
        if self.type == "decimal":
            return Decimal(text)
        return _before(datetime.fromisoformat(text) if self.type == "time" else date.fromisoformat(text), definition)


def position_of(mark: Mark, again: Marks) -> Position:
    """Return the position after a row with this watermark; `again` are the rows that the next poll reads again."""
    if isinstance(mark, date):
        return Position(watermark=mark.isoformat(), type="time" if isinstance(mark, datetime) else "day")
    start = next(iter(again.values()))
    if isinstance(mark, int) and isinstance(start, int):
        return Position(watermark=mark, type="number", start=start)
    kind: Literal["decimal", "text"] = "decimal" if isinstance(mark, int | float | Decimal) else "text"
    return Position(watermark=str(mark), type=kind, start=str(start))


def reachable(met: Marks, definition: Table) -> Marks:
    """Return those of the rows in `met` that the next poll reads again, if it continues after the last."""
    rows: dict[str, Any] = {digest: mark for digest, mark in met.items() if mark is not None}
    marks = list(rows.values())[-1 - definition.overlap_rows :]
    if marks and isinstance(marks[-1], date):
        start = _before(marks[-1], definition)
        return {digest: mark for digest, mark in rows.items() if mark >= start}
    beyond = len(rows) - len(marks)
    return {digest: mark for at, (digest, mark) in enumerate(rows.items()) if at >= beyond or mark == marks[0]}


def _before(mark: date, definition: Table) -> date:
    """Return a time or date minus the overlap; for a date in whole days."""
    overlap = timedelta(minutes=definition.overlap_minutes)
    return mark - overlap if isinstance(mark, datetime) else mark - timedelta(days=overlap.days + 1)
