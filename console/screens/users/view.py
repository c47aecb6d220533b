"""What the list of users and the page of one show."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from careloop_client.contacts.models import StaffDesk
from console.roles import DESK, ROLES, SCOPES
from console.screen import Screen
from shared.contracts.staff import Staff

Names = Callable[[str], str]
"""The name of a member of staff by their id."""
Way = Literal["password", "provider", "both", "none"]
"""How somebody signs in: with a password here, at the identity provider, either, or not at all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A user. `departments`: those that they read in, their own first; `locked`: until when, if they are."""

    staff: Staff
    departments: Sequence[str]
    locked: datetime | None


def rows(staff: Iterable[Staff], locked: Callable[[str], datetime | None]) -> list[Row]:
    """The rows in this order."""
    return [Row(each, each.reads_in, locked(each.id)) for each in staff]


def chosen_roles(staff: Iterable[Staff]) -> list[str]:
    """The roles to filter by: those of the console, then others that somebody has."""
    others = {role for each in staff for role in each.roles} - set(ROLES)
    return [*ROLES, *sorted(others)]


@dataclass(frozen=True, slots=True)
class Right:
    """A right: its scope, and the roles of this user that give it."""

    scope: str
    roles: Sequence[str]


def rights(roles: Collection[str]) -> list[Right]:
    """What somebody with these roles may ask of the services."""
    own = [role for role in ROLES if role in roles]
    scopes = dict.fromkeys(scope for role in own for scope in SCOPES[role])
    shared = [Right(scope, ()) for scope in DESK] if own else []
    return [*(Right(scope, [role for role in own if scope in SCOPES[role]]) for scope in scopes), *shared]


def opened(screens: Iterable[Screen], roles: Collection[str]) -> list[Screen]:
    """The screens that open for somebody with these roles, in the order of the menu."""
    return [screen for screen in screens if screen.opens_for(roles)]


def way_in(login: str, passwords: Collection[str], provider: bool) -> Way:
    """How somebody of this login signs in."""
    if login in passwords:
        return "both" if provider else "password"
    return "provider" if provider else "none"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What happened last to sessions and lock. `locked`: whether a lock holds now."""

    locked: bool
    desk: StaffDesk
    ended_by: str
    unlocked_by: str


def sign_in(desk: StaffDesk, names: Names, now: datetime) -> SignIn:
    """Sessions and lock of a user; `now` is real time."""
    holds = desk.locked_until is not None and now < desk.locked_until and desk.unlocked is None
    return SignIn(holds, desk, names(desk.ended_by or ""), names(desk.unlocked_by or ""))
