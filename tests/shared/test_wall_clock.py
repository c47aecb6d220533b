"""What the clock on the wall shows on the days that skip an hour or repeat one."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wall_clock import moment, stretches

CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 29)),  # at midnight
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
    "Atlantic/Azores": (date(2026, 3, 29), date(2026, 10, 25)),
    "Pacific/Apia": (date(2011, 12, 29), date(2011, 12, 30)),  # a day that never was
    "Asia/Shanghai": (date(2026, 3, 29), date(2026, 10, 25)),  # no change at all
}
DAYS = [(zone, day) for zone, days in CHANGES.items() for day in days]
TIMES = st.times().map(lambda at: at.replace(microsecond=0))


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone, and a moment within a day and a half of a change of its clocks."""
    zone, day = draw(st.sampled_from(DAYS))
    return zone, datetime.combine(day, time(12), UTC) + timedelta(seconds=draw(st.integers(-130_000, 130_000)))


@given(moments(), TIMES, TIMES)
def test_a_moment_is_in_a_stretch_exactly_when_the_wall_shows_such_a_time(
    place: tuple[str, datetime], one: time, other: time
) -> None:
    (zone, now), (begins, ends) = place, sorted((one, other))
    local = now.astimezone(ZoneInfo(zone))
    held = any(at <= now < until for at, until in stretches(local.date(), begins, ends, zone))
    assert held == (begins <= local.time() < ends)


@given(moments(), TIMES)
def test_a_wall_time_comes_at_a_moment_that_shows_it_or_at_the_jump_over_it(
    place: tuple[str, datetime], at: time
) -> None:
    zone, after = place
    day = after.astimezone(ZoneInfo(zone)).date()
    instant = moment(day, at, zone, after)
    before = (instant - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    wanted = datetime.combine(day, at)
    assert wall == wanted or before < wanted < wall
    if after.astimezone(ZoneInfo(zone)).time().replace(microsecond=0) == at:
        assert instant >= after


@pytest.mark.parametrize(
    ("day", "at", "after", "utc"),
    [
        ("2026-03-29", "02:30", "2026-03-28T00:00Z", "2026-03-29T01:00Z"),  # skipped: as the clock jumps
        ("2026-10-25", "02:30", "2026-10-24T00:00Z", "2026-10-25T00:30Z"),  # twice: the first
        ("2026-10-25", "02:30", "2026-10-25T00:40Z", "2026-10-25T01:30Z"),  # the first is over: the second
        ("2026-10-25", "02:30", "2026-10-25T03:00Z", "2026-10-25T00:30Z"),  # both are over
        ("2026-06-01", "09:00", "2026-05-01T00:00Z", "2026-06-01T07:00Z"),
    ],
)
def test_half_past_two_in_berlin(day: str, at: str, after: str, utc: str) -> None:
    instant = moment(date.fromisoformat(day), time.fromisoformat(at), "Europe/Berlin", datetime.fromisoformat(after))
    assert instant.astimezone(UTC) == datetime.fromisoformat(utc)


def test_a_day_that_never_was_has_no_hours() -> None:
    assert stretches(date(2011, 12, 30), time(), None, "Pacific/Apia") == []
