"""Quiet hours, exhaustively by the hour and by property."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.definitions import QuietHours
from services.notify.dispatch import quiet_until
from tests.shared.test_wall_clock import DAYS, TIMES

NIGHT = QuietHours(id="n", version=1, zone="Asia/Shanghai", starts=time(21), ends=time(8))
SIESTA = QuietHours(id="s", version=1, zone="Asia/Shanghai", starts=time(12), ends=time(14))
ZONE = ZoneInfo("Asia/Shanghai")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def test_the_night_is_quiet_from_nine_to_eight_and_the_day_is_not() -> None:
    quiet = {hour for hour in range(24) if quiet_until(NIGHT, datetime(2026, 3, 13, hour, tzinfo=ZONE))}
    assert quiet == {21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7}


def test_quiet_hours_may_lie_within_a_day() -> None:
    quiet = {hour for hour in range(24) if quiet_until(SIESTA, datetime(2026, 3, 13, hour, tzinfo=ZONE))}
    assert quiet == {12, 13}


@given(MOMENTS)
def test_when_quiet_ends_it_is_not_quiet_and_less_than_a_day_has_passed(now: datetime) -> None:
    until = quiet_until(NIGHT, now)
    if until is not None:
        assert now < until <= now + timedelta(hours=11)
        assert quiet_until(NIGHT, until) is None
        assert quiet_until(NIGHT, until - timedelta(seconds=1)) == until


@st.composite
def around_a_change(draw: st.DrawFn) -> tuple[QuietHours, datetime]:
    """Quiet hours anywhere in the day, and a moment within a day and a half of a change of the zone's clocks."""
    zone, day = draw(st.sampled_from(DAYS))
    starts, ends = draw(TIMES), draw(TIMES)
    now = datetime.combine(day, time(12), UTC) + timedelta(seconds=draw(st.integers(-130_000, 130_000)))
    return QuietHours(id="n", version=1, zone=zone, starts=starts, ends=ends), now


def is_quiet(rule: QuietHours, now: datetime) -> bool:
    clock = now.astimezone(ZoneInfo(rule.zone)).time()
    if rule.starts > rule.ends:
        return clock >= rule.starts or clock < rule.ends
    return rule.starts <= clock < rule.ends


@settings(max_examples=500)
@given(around_a_change())
def test_quiet_hours_end_after_now_and_when_they_end_it_is_not_quiet(place: tuple[QuietHours, datetime]) -> None:
    rule, now = place
    until = quiet_until(rule, now)
    assert (until is not None) == is_quiet(rule, now)
    if until is not None:
        assert until > now
        assert not is_quiet(rule, until)
        assert is_quiet(rule, until.astimezone(UTC) - timedelta(seconds=1))
        assert quiet_until(rule, until) is None


@pytest.mark.parametrize(("zone", "day"), DAYS)
def test_every_quarter_of_an_hour_of_a_night_that_changes_the_clocks(zone: str, day: date) -> None:
    for ends in (time(2), time(2, 15), time(2, 30), time(3)):
        rule = QuietHours(id="n", version=1, zone=zone, starts=time(21), ends=ends)
        for quarter in range(-96, 192):
            now = datetime.combine(day, time(), UTC) + timedelta(minutes=15 * quarter)
            until = quiet_until(rule, now)
            assert until is None or until > now


def test_in_the_second_half_past_two_a_message_waits_for_the_second_end_of_the_night() -> None:
    """It waited for the first, which was over: it was judged again and again without end."""
    rule = QuietHours(id="n", version=1, zone="Europe/Berlin", starts=time(21), ends=time(2, 30))
    now = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert quiet_until(rule, now) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
