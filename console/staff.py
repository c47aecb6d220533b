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
    """The member of staff who signs in under this name."""
    return next((staff for staff in definitions.current(Staff) if staff.signs_in_as == login), None)


def name_of(id: str, definitions: Definitions) -> str:
    """The name of a member of staff; the id of anybody else, as a program's."""
    staff = definitions.find(Staff, id) if id else None
    return staff.name if staff else id
