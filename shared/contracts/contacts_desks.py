"""Published by contacts: what is so of a member of staff at the console, whichever browser they sit at."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Event

DESKS = "contacts-desks"
"""The decider of these events; its aggregate is a member of staff."""


class SessionsEnded(Event):
    """All sessions of a member of staff that began before `begun_before` (real time, as tokens) are over."""

    wire: ClassVar[str] = "careloop.contacts.sessions_ended.v1"
    key_field: ClassVar[str] = "staff_id"
    decider: ClassVar[str] = DESKS

    staff_id: str
    begun_before: AwareDatetime
    ended_by: str
