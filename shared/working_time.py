"""Working-time arithmetic with lunch breaks, public holidays, make-up days and the hospital's time zone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from shared.wall_clock import Stretch, stretches

Span = tuple[time, time]
HORIZON_DAYS = 3660


class WorkCalendar(Protocol):
    """A calendar. `hours` maps weekday (0 Monday) to spans in local time."""

    @property
    def zone(self) -> str:
        """An IANA zone name."""

    @property
    def hours(self) -> Mapping[int, tuple[Span, ...]]:
        """Weekday to working spans."""

    @property
    def holidays(self) -> frozenset[date]:
        """Days off, whatever the weekday."""

    @property
    def make_up_days(self) -> Mapping[date, int]:
        """Working days in place of days off: date → the weekday whose hours apply."""

    @property
    def published_years(self) -> frozenset[int]:
        """Years whose holidays are official; other years are provisional."""


class NoWorkingTime(Exception):
    """The calendar has no working time in ten years."""


@dataclass(frozen=True, slots=True)
class Due:
    """When the working time is over; `provisional`: an unpublished year was crossed."""

    at: datetime
    provisional: bool


def spans_of(calendar: WorkCalendar, day: date) -> tuple[Span, ...]:
    """The working spans of one local day. A make-up day takes precedence over a holiday."""
    if day in calendar.make_up_days:
        return calendar.hours.get(calendar.make_up_days[day], ())
    return () if day in calendar.holidays else calendar.hours.get(day.weekday(), ())


def _working(calendar: WorkCalendar, start: datetime) -> Iterator[Stretch]:
    first = start.astimezone(ZoneInfo(calendar.zone)).date()
    for offset in range(HORIZON_DAYS):
        day = first + timedelta(days=offset)
        hours = (stretches(day, begins, ends, calendar.zone) for begins, ends in spans_of(calendar, day))
        for opened, closed in sorted(stretch for each in hours for stretch in each):
            if closed > start:
                yield max(opened, start.astimezone(UTC)), closed


def add_working_time(calendar: WorkCalendar, start: datetime, amount: timedelta) -> Due:
    """When `amount` of working time has passed since `start` (UTC, aware).

    Raises `NoWorkingTime`.
    """
    left = amount
    for opened, closed in _working(calendar, start):
        if closed - opened >= left:
            at = opened + left
            return Due(at, _provisional(calendar, start, at))
        left -= closed - opened
    raise NoWorkingTime(f"the calendar has no {amount} of working time within {HORIZON_DAYS} days of {start}")


def working_time_between(calendar: WorkCalendar, start: datetime, end: datetime) -> timedelta:
    """The working time between two instants; zero if `end` is not after `start`."""
    total = timedelta()
    for opened, closed in _working(calendar, start):
        if opened >= end:
            break
        total += min(closed, end) - opened
    return total


def _provisional(calendar: WorkCalendar, start: datetime, end: datetime) -> bool:
    zone = ZoneInfo(calendar.zone)
    years = range(start.astimezone(zone).year, end.astimezone(zone).year + 1)
    return any(year not in calendar.published_years for year in years)
