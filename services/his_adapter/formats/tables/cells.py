"""One row of a hospital's table, cell by cell: text, codes and times as they stand there. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from services.his_adapter.definitions import Table
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
    """What is wrong: the field, its column and what to mend; never the value."""

    def __init__(self, field: str, column: str, what: str) -> None:
        super().__init__(f"{field} (column {column!r}): {what}" if column else f"{field}: {what}")


class Reading:
    """One row under a definition."""

    def __init__(self, site_key: bytes, table: Table, zone: str, row: Row) -> None:
        self.table, self.zone, self._row, self._key = table, ZoneInfo(zone), row, site_key

    def get(self, field: str) -> str:
        """The text of a field, its code translated; "" where there is none."""
        text = _text(self._value(field))
        return str(self.table.codes.get(field, {}).get(text, text))

    def _value(self, field: str) -> Any:
        return self._row.get(self.table.columns[field]) if field in self.table.columns else None

    def word(self, field: str, known: Mapping[str, str]) -> str:
        """A code in our words; "" where there is none. One that nobody knows is never guessed at."""
        said = self.get(field)
        if said and said.lower() not in known:
            raise BadRow(field, self.table.columns[field], f"is a word not known here: translate it in `codes.{field}`")
        return known[said.lower()] if said else ""

    def need(self, field: str) -> str:
        """The same, of a field without which a row says nothing."""
        if found := self.get(field):
            return found
        raise BadRow(field, self.table.columns.get(field, ""), "is empty")

    def time(self, field: str) -> str | None:
        """A time as FHIR writes it."""
        value = self._value(field)
        if _text(value) == "":
            return None
        found = value if isinstance(value, datetime) else _time(_text(value))
        if isinstance(value, date) and not isinstance(value, datetime):
            found = datetime(value.year, value.month, value.day, tzinfo=self.zone)
        if found is None or not plausible(found):
            raise BadRow(field, self.table.columns[field], "is no time such as 2026-03-09 10:30")
        return zoned(found, self.zone).isoformat()

    def id(self, field: str) -> str:
        """An id under the site key: ids stand in the open, and a number of a stay is personal."""
        return identifier_key(self._key, f"row:{field}", self.need(field))


def _text(value: Any) -> str:
    """A cell as people read it. Excel has no whole numbers: 100234 comes as 100234.0."""
    whole = isinstance(value, float) and value.is_integer()
    return "" if value is None else str(int(value)) if whole else str(value).strip()


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if "-" in text else _by_format(text)
    except ValueError:
        return _by_format(text)


def _by_format(text: str) -> datetime | None:
    for known in TIMES:
        try:
            return datetime.strptime(text, known)  # noqa: DTZ007 the site's zone follows
        except ValueError:
            continue
    return None


def zoned(at: datetime, zone: tzinfo) -> datetime:
    """A time with an offset, the zone's where it has none."""
    return at if at.tzinfo else at.replace(tzinfo=zone)
