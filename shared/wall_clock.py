"""What a clock on the wall of a zone shows, and when: also on the days that skip an hour or repeat one.

`datetime.combine(day, at, zone)` answers alone: an hour that comes twice is always the first, one that never comes is
a moment that shows another time. Comparing two times of one zone compares what the wall shows, not what is earlier.
So all arithmetic here is in UTC, over the stretches of time between two changes of the zone's offset.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

_REACH = timedelta(hours=15)  # no zone is further from UTC
_DAY = timedelta(days=1)

Stretch = tuple[datetime, datetime]


def stretches(day: date, begins: time, ends: time | None, zone: str) -> list[Stretch]:
    """The stretches of a day, in UTC, during which the clock shows `begins` or later and not yet `ends`.

    `ends` None is midnight. No stretch where the clock skips all of that, more than one where it repeats an hour.
    """
    first = datetime.combine(day, begins)
    last = datetime.combine(day, ends) if ends is not None else datetime.combine(day + _DAY, time())
    clipped = ((max(at, _utc(first, gap)), min(until, _utc(last, gap))) for at, until, gap in _offsets(day, zone))
    return [(at, until) for at, until in clipped if at < until]


def moment(day: date, at: time, zone: str, after: datetime) -> datetime:
    """When the clock shows `at` that day, with the offset of then: of two such moments the first not before `after`.

    Where it skips `at`, the moment of the jump.
    """
    wanted = datetime.combine(day, at)
    first = next(found for start, until, gap in _offsets(day, zone) if (found := max(start, _utc(wanted, gap))) < until)
    second = wanted.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return shown(second if first < after <= second else first, zone)


def shown(at: datetime, zone: str) -> datetime:
    """The moment as the zone's clock shows it, with the offset of then for good: it compares as what it is."""
    return at.astimezone(timezone(at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()))


def _utc(wall: datetime, gap: timedelta) -> datetime:
    return wall.replace(tzinfo=UTC) - gap


@lru_cache(maxsize=1024)
def _offsets(day: date, zone: str) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The zone's offsets around a day: from, until, offset."""
    midnight = datetime.combine(day, time(), UTC)
    return tuple(_constant(midnight - _REACH, midnight + _DAY + _REACH, ZoneInfo(zone)))


def _constant(start: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Halves the time until each part has one offset; no zone changes it twice within hours."""
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
