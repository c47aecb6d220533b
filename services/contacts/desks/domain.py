"""What is so of a member of staff at the console. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from services.contacts.desks.commands import EndSessions
from shared.contracts.base import retold
from shared.contracts.contacts_desks import DESKS, SessionsEnded
from shared.decider import Decider, Rejection
from shared.definitions import Definitions


@dataclass(frozen=True, slots=True)
class StaffSessions:
    """`ended`: sessions that began before are over."""

    ended: datetime | None = None


def decide(
    command: EndSessions, sessions: StaffSessions, definitions: Definitions
) -> Sequence[SessionsEnded] | Rejection:
    """End sessions; none if those that began before are over already."""
    match command:
        case EndSessions():
            over = sessions.ended is not None and command.begun_before <= sessions.ended
            return [] if over else [retold(SessionsEnded, command)]
        case _:
            assert_never(command)


def evolve(sessions: StaffSessions, event: SessionsEnded) -> StaffSessions:
    """Apply an event to the state that `decide` reads."""
    match event:
        case SessionsEnded():
            return replace(sessions, ended=event.begun_before)
        case _:
            assert_never(event)


OF_DESKS = Decider(name=DESKS, initial=StaffSessions, decide=decide, evolve=evolve, partitions=1)
