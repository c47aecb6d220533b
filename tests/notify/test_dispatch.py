"""Quiet hours, exhaustively by the hour and by property."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.notify.definitions import QuietHours
from services.notify.dispatch import quiet_until

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
