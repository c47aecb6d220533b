"""Commands about a member of staff at the console."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Command
from shared.contracts.contacts_desks import DESKS


class ToDesk(Command):
    """Base of the commands; the key is the id of the member of staff."""

    key_field: ClassVar[str] = "staff_id"
    decider: ClassVar[str] = DESKS

    staff_id: str


class EndSessions(ToDesk):
    """End all sessions of a member of staff that began before `begun_before`."""

    wire: ClassVar[str] = "careloop.contacts.end_sessions.v1"

    begun_before: AwareDatetime
    ended_by: str


class LockStaff(ToDesk):
    """Try no password for a member of staff from `since` to `until`, after `tries` wrong ones."""

    wire: ClassVar[str] = "careloop.contacts.lock_staff.v1"

    since: AwareDatetime
    until: AwareDatetime
    tries: int


class UnlockStaff(ToDesk):
    """Lift the lock of a member of staff."""

    wire: ClassVar[str] = "careloop.contacts.unlock_staff.v1"

    unlocked: AwareDatetime
    unlocked_by: str


class SaveView(ToDesk):
    """Keep the filter of a screen under a title. `view_id`: the id of the view if there is none of that title yet."""

    wire: ClassVar[str] = "careloop.contacts.save_view.v1"

    view_id: str
    screen: str
    title: str
    query: str


class RemoveView(ToDesk):
    """Remove a view."""

    wire: ClassVar[str] = "careloop.contacts.remove_view.v1"

    view_id: str


DeskCommand = EndSessions | LockStaff | UnlockStaff | SaveView | RemoveView
