"""Read texts, codes and times from the cells of one row. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from services.his_adapter.formats.tables.definitions import Table
from shared.contracts.base import plausible
from shared.ids import identifier_key

Row = Mapping[str, Any]
TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M",
    "%Y%m%d",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
)


class BadRow(Exception):
    """A cell is invalid; the text names field, column and how to correct it, never the value."""

    def __init__(self, field: str, column: str, what: str) -> None:
        super().__init__(f"{field} (column {column!r}): {what}" if column else f"{field}: {what}")


class CellReader:
    """One row, read by a table definition."""

    def __init__(self, site_key: bytes, table: Table, zone: str, row: Row) -> None:
        self.table, self.zone, self._row, self._key = table, ZoneInfo(zone), row, site_key

    def get(self, field: str) -> str:
        """Return the text of a field, translated by `codes` of the definition; "" if empty."""
        text = _text(self._value(field))
        return str(self.table.codes.get(field, {}).get(text, text))

    def _value(self, field: str) -> Any:
        return self._row.get(self.table.columns[field]) if field in self.table.columns else None

    def word(self, field: str, meanings: Mapping[str, str]) -> str:
        """Return the meaning of a code, by lower-case code; "" if empty. Raises `BadRow` for an unknown code."""
        code = self.get(field)
        if code and code.lower() not in meanings:
            raise BadRow(field, self.table.columns[field], f"is a word not known here: translate it in `codes.{field}`")
        return meanings[code.lower()] if code else ""

    def need(self, field: str) -> str:
        """Return the text of a required field. Raises `BadRow` if empty."""
        if text := self.get(field):
            return text
        raise BadRow(field, self.table.columns.get(field, ""), "is empty")

    def time(self, field: str) -> str | None:
        """Return a time as in FHIR; None if empty. Raises `BadRow`."""
        value = self._value(field)
        if _text(value) == "":
            return None
        at = value if isinstance(value, datetime) else _time(_text(value))
        if isinstance(value, date) and not isinstance(value, datetime):
            at = datetime(value.year, value.month, value.day, tzinfo=self.zone)
        if at is None or not plausible(at):
            raise BadRow(field, self.table.columns[field], "is no time such as 2026-03-09 10:30")
        return zoned(at, self.zone).isoformat()

    def id(self, field: str) -> str:
        """Return an HMAC of a required field as id: ids are not encrypted, and visit numbers are personal data."""
        return identifier_key(self._key, f"row:{field}", self.need(field))


def _text(value: Any) -> str:
    """Return a cell as text. Excel stores integers as floats: 100234.0 becomes 100234."""
    whole = isinstance(value, float) and value.is_integer()
    return "" if value is None else str(int(value)) if whole else str(value).strip()


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if "-" in text else _by_format(text)
    except ValueError:
        return _by_format(text)


def _by_format(text: str) -> datetime | None:
    for time_format in TIMES:
        try:
            return datetime.strptime(text, time_format)  # noqa: DTZ007 the caller adds the site's zone
        except ValueError:
            continue
    return None


def zoned(at: datetime, zone: tzinfo) -> datetime:
    """Return a time with an offset, by default that of the zone."""
    return at if at.tzinfo else at.replace(tzinfo=zone)
