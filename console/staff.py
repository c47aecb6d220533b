"""Who works here: the `staff` definitions that contacts publishes."""

from dataclasses import dataclass

from console.roles import scopes_of
from console.texts import Language
from shared.contracts.audit import PurposeOfUse
from shared.contracts.staff import Staff
from shared.definitions import Definitions


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in. `staff`: their definition; `language`: of the page; `purpose`: of the screen they look at."""

    staff: Staff
    language: Language
    purpose: PurposeOfUse = "HOPERAT"


def by_login(definitions: Definitions, login: str) -> Staff | None:
    """The member of staff who signs in under this name; None if it is nobody's, or of two."""
    matches = [staff for staff in definitions.current(Staff) if staff.signs_in_as == login]
    return matches[0] if len(matches) == 1 else None


def name_of(definitions: Definitions, id: str) -> str:
    """The name of a member of staff; the id of whoever is none, or none any more."""
    staff = definitions.find(Staff, id)
    return staff.name if staff else id


def able(definitions: Definitions, scope: str) -> list[Staff]:
    """The staff whose roles give them a scope, by name."""
    staff = [each for each in definitions.current(Staff) if scope in scopes_of(each.roles)]
    return sorted(staff, key=lambda each: each.name)


def departments(definitions: Definitions) -> list[str]:
    """The departments that the staff belong to or read in."""
    return sorted({name for each in definitions.current(Staff) for name in each.reads_in})
