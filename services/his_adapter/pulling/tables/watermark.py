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

WatermarkValue = date | int | float | Decimal | str | None
"""The value of the watermark column in one row; a `datetime` is a `date`."""
Watermarks = dict[str, WatermarkValue]
"""Digest of a row → its watermark, in the order of the view."""


class Position(Part):
    """The watermark of the last row, and its type (None: a date).

    `start`: where the next poll starts; None for times and dates, which overlap by time.
    """

    model_config = ConfigDict(populate_by_name=True)

    watermark: int | str | None = None
    type: Literal["time", "day", "number", "decimal", "text"] | None = Field(None, alias="as")
    start: int | str | None = Field(None, alias="from")

    def starts_at(self, definition: Table) -> WatermarkValue:
        """Return the watermark value at which the next poll starts; None for the first poll."""
        value = self.watermark if self.start is None else self.start
        if value is None or self.type in ("number", "text"):
            return value
        text = str(value)
        if self.type == "decimal":
            return Decimal(text)
        return _before(datetime.fromisoformat(text) if self.type == "time" else date.fromisoformat(text), definition)


def position_of(watermark: WatermarkValue, again: Watermarks) -> Position:
    """Return the position after a row with this watermark; `again` are the rows that the next poll reads again."""
    if isinstance(watermark, date):
        return Position(watermark=watermark.isoformat(), type="time" if isinstance(watermark, datetime) else "day")
    start = next(iter(again.values()))
    if isinstance(watermark, int) and isinstance(start, int):
        return Position(watermark=watermark, type="number", start=start)
    kind: Literal["decimal", "text"] = "decimal" if isinstance(watermark, int | float | Decimal) else "text"
    return Position(watermark=str(watermark), type=kind, start=str(start))


def reachable(seen: Watermarks, definition: Table) -> Watermarks:
    """Return those of the rows in `met` that the next poll reads again, if it continues after the last."""
    rows: dict[str, Any] = {digest: watermark for digest, watermark in seen.items() if watermark is not None}
    watermarks = list(rows.values())[-1 - definition.overlap_rows :]
    if watermarks and isinstance(watermarks[-1], date):
        start = _before(watermarks[-1], definition)
        return {digest: watermark for digest, watermark in rows.items() if watermark >= start}
    beyond = len(rows) - len(watermarks)
    return {
        digest: watermark
        for at, (digest, watermark) in enumerate(rows.items())
        if at >= beyond or watermark == watermarks[0]
    }


def _before(watermark: date, definition: Table) -> date:
    """Return a time or date minus the overlap; for a date in whole days."""
    overlap = timedelta(minutes=definition.overlap_minutes)
    return watermark - overlap if isinstance(watermark, datetime) else watermark - timedelta(days=overlap.days + 1)
