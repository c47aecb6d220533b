"""Commands about a member of staff at the console."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Command
from shared.contracts.contacts_desks import DESKS


class EndSessions(Command):
    """End all sessions of a member of staff that began before `begun_before`."""

    wire: ClassVar[str] = "careloop.contacts.end_sessions.v1"
    key_field: ClassVar[str] = "staff_id"
    decider: ClassVar[str] = DESKS

    staff_id: str
    begun_before: AwareDatetime
    ended_by: str
