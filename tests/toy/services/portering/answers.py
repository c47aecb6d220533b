"""Models of the answers of portering's routes."""

from typing import Literal

from shared.answers import Answer


class Ride(Answer):
    """The current status of a ride. `late`: no porter accepted it in time."""

    ride_id: str
    person_id: str
    department: str
    status: Literal["requested", "taken"]
    porter: str | None = None
    late: bool = False
