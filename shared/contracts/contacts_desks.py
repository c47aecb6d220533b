"""Published by contacts: what is so of a member of staff at the console, whichever browser they sit at.

Nothing of it is about a patient. Its times are real ones, as those of tokens and sessions are.
"""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Event

DESKS = "contacts-desks"
"""The decider of these events; its aggregate is a member of staff."""


class OfDesk(Event):
    """Base of these events; the key is the id of the member of staff."""

    key_field: ClassVar[str] = "staff_id"
    decider: ClassVar[str] = DESKS

    staff_id: str


class SessionsEnded(OfDesk):
    """All sessions of a member of staff that began before `begun_before` (real time, as tokens) are over."""

    wire: ClassVar[str] = "careloop.contacts.sessions_ended.v1"

    begun_before: AwareDatetime
    ended_by: str


class StaffLocked(OfDesk):
    """After `tries` wrong passwords none is tried for a member of staff from `since` to `until`."""

    wire: ClassVar[str] = "careloop.contacts.staff_locked.v1"

    since: AwareDatetime
    until: AwareDatetime
    tries: int


class StaffUnlocked(OfDesk):
    """The lock of a member of staff was lifted; wrong passwords from before `unlocked` count no longer."""

    wire: ClassVar[str] = "careloop.contacts.staff_unlocked.v1"

    unlocked: AwareDatetime
    unlocked_by: str


class ViewSaved(OfDesk):
    """A member of staff keeps the filter of a screen under a title, for themselves.

    `query`: names and values as in the address of the page. A view that is saved again keeps its id.
    """

    wire: ClassVar[str] = "careloop.contacts.view_saved.v1"

    view_id: str
    screen: str
    title: str
    query: str


class ViewRemoved(OfDesk):
    """A member of staff removed one of their views."""

    wire: ClassVar[str] = "careloop.contacts.view_removed.v1"

    view_id: str
