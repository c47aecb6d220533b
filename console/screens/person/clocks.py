"""The two clocks of a person's page: what was true at a time, and what was known at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from console.problems import Trouble
from shared.contracts.base import plausible

Typed = Annotated[str, Query(max_length=40)]
"""A time as a field of a form sends it."""
Times = tuple[datetime | None, datetime | None]
"""What was true then, what was known then; None is now."""
NOW: Times = (None, None)
BAD_TIME = Trouble(422, "time-invalid")


def at(text: str, zone: ZoneInfo) -> datetime | None:
    """The time that a `datetime-local` field says, in the hospital's zone; None if it is empty.

    Raises ValueError if it says no time, or one that no service takes.
    """
    if not text.strip():
        return None
    time = datetime.fromisoformat(text.strip())
    if not plausible(time):
        raise ValueError("the time must lie between the years 1900 and 2200")
    return time if time.tzinfo else time.replace(tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the two fields say, as it was typed."""

    as_of: str = ""
    known_at: str = ""

    @property
    def look_back(self) -> bool:
        """Whether another time than now is asked for."""
        return bool(self.as_of or self.known_at)

    def times(self, zone: ZoneInfo) -> Times | Trouble:
        """The times for the service, or the trouble if a field says none."""
        try:
            return at(self.as_of, zone), at(self.known_at, zone)
        except ValueError:
            return BAD_TIME
