"""Who works here: the `staff` definitions that contacts publishes."""

from dataclasses import dataclass

from shared.contracts.staff import Staff
from shared.definitions import Definitions


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in. `staff`: their definition; `language`: of the page."""

    staff: Staff
    language: str


def by_login(definitions: Definitions, login: str) -> Staff | None:
    """The member of staff who signs in under this name; None if it is nobody's, or of two."""
    matches = [staff for staff in definitions.current(Staff) if staff.signs_in_as == login]
    return matches[0] if len(matches) == 1 else None
