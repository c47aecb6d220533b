"""Local time of a zone, correct also on days that skip or repeat an hour.

`datetime.combine(day, at, zone)` is not enough: of an hour that occurs twice it gives the first, and for one that does
not occur it gives a time that shows something else. Comparing two times of one zone compares local times, not instants.
So all arithmetic is done in UTC, over the periods between two changes of the zone's offset.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

_REACH = timedelta(hours=15)  # no zone is further from UTC
_DAY = timedelta(days=1)

Stretch = tuple[datetime, datetime]


def stretches(day: date, begins: time, ends: time | None, zone: str) -> list[Stretch]:
    """The periods of a day, in UTC, during which the local time is at least `begins` and before `ends`.

    `ends` None is midnight. Empty if the clock skips all of it, several periods if it repeats an hour.
    """
    first = datetime.combine(day, begins)
    last = datetime.combine(day, ends) if ends is not None else datetime.combine(day + _DAY, time())
    clipped = ((max(at, _utc(first, gap)), min(until, _utc(last, gap))) for at, until, gap in _offsets(day, zone))
    return [(at, until) for at, until in clipped if at < until]


def moment(day: date, at: time, zone: str, after: datetime) -> datetime:
    """The instant at which local time is `at` on that day, with its offset; of two the first not before `after`.

    If the clock skips `at`, the instant of the change.
    """
    local = datetime.combine(day, at)
    candidates = ((max(start, _utc(local, gap)), until) for start, until, gap in _offsets(day, zone))
    first = next(instant for instant, until in candidates if instant < until)
    second = local.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return shown(second if first < after <= second else first, zone)


def shown(at: datetime, zone: str) -> datetime:
    """The instant in local time, with a fixed offset, so that it compares as an instant."""
    return at.astimezone(timezone(at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()))


def _utc(wall: datetime, gap: timedelta) -> datetime:
    return wall.replace(tzinfo=UTC) - gap


@lru_cache(maxsize=1024)
def _offsets(day: date, zone: str) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The zone's offsets around a day: from, until, offset."""
    midnight = datetime.combine(day, time(), UTC)
    return tuple(_constant(midnight - _REACH, midnight + _DAY + _REACH, ZoneInfo(zone)))


def _constant(start: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Bisect the period until each part has one offset; no zone changes it twice within hours."""
    before, after = _offset(start, zone), _offset(until, zone)
    if before == after:
        yield start, until, before
        return
    low, high = start, until
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    yield start, high, before
    yield high, until, after


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
