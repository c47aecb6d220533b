"""Working time: lunch breaks, holidays, make-up days, provisional years."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.base import changed
from shared.contracts.complaints import Calendar
from shared.working_time import NoWorkingTime, add_working_time, working_time_between
from tests.conftest import SHANGHAI
from tests.shared.test_wall_clock import DAYS

DAY = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
OFFICE = Calendar(
    id="o",
    version=1,
    zone="Asia/Shanghai",
    hours=dict.fromkeys(range(5), DAY),
    holidays=frozenset({date(2026, 10, day) for day in (1, 2, 5, 6, 7)}),
    make_up_days={date(2026, 10, 10): 2},
    published_years=frozenset({2026}),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-03-09T09:00", 60, "2026-03-09T10:00"),
        ("2026-03-09T11:30", 60, "2026-03-09T14:00"),  # over lunch
        ("2026-03-09T12:15", 30, "2026-03-09T14:00"),  # from within lunch
        ("2026-03-09T17:00", 60, "2026-03-10T09:00"),  # over night
        ("2026-03-13T17:00", 60, "2026-03-16T09:00"),  # over the weekend
        ("2026-03-14T10:00", 30, "2026-03-16T09:00"),  # from within the weekend
        ("2026-09-30T17:00", 60, "2026-10-08T09:00"),  # over the national holiday
        ("2026-10-09T17:00", 60, "2026-10-10T09:00"),  # a Saturday that is worked
        ("2026-03-09T08:30", 450, "2026-03-09T17:30"),  # exactly to closing time
    ],
)
def test_working_time_runs_out_when_a_clerk_would_say(start: str, minutes: int, due: str) -> None:
    due_at = add_working_time(OFFICE, at(start), timedelta(minutes=minutes))
    assert (due_at.at.astimezone(SHANGHAI), due_at.provisional) == (at(due), False)


def test_an_unpublished_year_is_provisional() -> None:
    assert add_working_time(OFFICE, at("2026-12-31T17:00"), timedelta(hours=2)).provisional is True


def test_a_calendar_without_hours_says_so() -> None:
    closed = changed(OFFICE, hours={}, make_up_days={})
    with pytest.raises(NoWorkingTime):
        add_working_time(closed, at("2026-03-09T09:00"), timedelta(minutes=1))


STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1)).map(lambda moment: moment.replace(tzinfo=SHANGHAI))
AMOUNTS = st.integers(1, 5000).map(lambda minutes: timedelta(minutes=minutes))


@given(STARTS, AMOUNTS)
def test_what_is_added_lies_between(start: datetime, amount: timedelta) -> None:
    assert working_time_between(OFFICE, start, add_working_time(OFFICE, start, amount).at) == amount


@given(STARTS, AMOUNTS, AMOUNTS)
def test_adding_in_two_steps_is_adding_at_once(start: datetime, first: timedelta, second: timedelta) -> None:
    once = add_working_time(OFFICE, start, first + second).at
    assert add_working_time(OFFICE, add_working_time(OFFICE, start, first).at, second).at == once


def test_no_working_time_lies_before_its_start() -> None:
    assert working_time_between(OFFICE, at("2026-03-09T11:00"), at("2026-03-09T10:00")) == timedelta()


QUARTERS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def shifts_around_a_change(draw: st.DrawFn) -> tuple[Calendar, datetime, datetime]:
    """A calendar with up to two shifts every day, and two moments around a change of its zone's clocks."""
    zone, day = draw(st.sampled_from(DAYS))
    edges = sorted(draw(st.sets(QUARTERS, min_size=4, max_size=4)))
    spans = ((edges[0], edges[1]), (edges[2], edges[3]))
    quarters = sorted(draw(st.lists(st.integers(-150, 150), min_size=2, max_size=2)))
    start, end = (datetime.combine(day, time(12), UTC) + timedelta(minutes=15 * each) for each in quarters)
    calendar = Calendar(id="o", version=1, zone=zone, hours=dict.fromkeys(range(7), spans))
    return calendar, start, end


@given(shifts_around_a_change())
def test_working_time_is_the_time_during_which_the_wall_shows_a_working_hour(
    place: tuple[Calendar, datetime, datetime],
) -> None:
    calendar, start, end = place
    quarters = [start + timedelta(minutes=15 * each) for each in range((end - start) // timedelta(minutes=15))]
    walls = [at.astimezone(ZoneInfo(calendar.zone)).time() for at in quarters]
    worked = sum(any(opens <= wall < closes for opens, closes in calendar.hours[0]) for wall in walls)
    assert working_time_between(calendar, start, end) == worked * timedelta(minutes=15)


@given(shifts_around_a_change(), AMOUNTS)
def test_what_is_added_over_a_change_of_the_clocks_lies_between(
    place: tuple[Calendar, datetime, datetime], amount: timedelta
) -> None:
    calendar, start, _ = place
    assert working_time_between(calendar, start, add_working_time(calendar, start, amount).at) == amount
