"""The two clocks of a person's page: what was true at a time, and what was known at a time."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from console.problems import Trouble
from console.typed_times import BAD_TIME, at, typed_again

Times = tuple[datetime | None, datetime | None]
"""What was true then, what was known then; None is now."""
NOW: Times = (None, None)


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the two fields say, as it was typed."""

    as_of: str = ""
    known_at: str = ""

    @property
    def look_back(self) -> bool:
        """Whether another time than now is asked for."""
        return bool(self.as_of or self.known_at)

    def typed_again(self, zone: ZoneInfo) -> "Clocks":
        """What is shown in the fields again."""
        return Clocks(typed_again(self.as_of, zone), typed_again(self.known_at, zone))

    def times(self, zone: ZoneInfo) -> Times | Trouble:
        """The times for the service, or the trouble if a field says none."""
        try:
            return at(self.as_of, zone), at(self.known_at, zone)
        except ValueError:
            return BAD_TIME
