"""What portering answers with."""

from typing import Literal

from shared.answers import Answer


class Ride(Answer):
    """A ride as it stands. `late`: nobody took it on in time."""

    ride_id: str
    person_id: str
    department: str
    status: Literal["requested", "taken"]
    porter: str | None = None
    late: bool = False
