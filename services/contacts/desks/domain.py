"""What is so of a member of staff at the console. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from services.contacts.desks.commands import DeskCommand, EndSessions, LockStaff, RemoveView, SaveView, UnlockStaff
from shared.contracts.base import retold
from shared.contracts.contacts_desks import DESKS, SessionsEnded, StaffLocked, StaffUnlocked, ViewRemoved, ViewSaved
from shared.contracts.staff import Staff
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

MOST_VIEWS = 50
"""Views of one member of staff, over all screens."""
DeskEvent = SessionsEnded | StaffLocked | StaffUnlocked | ViewSaved | ViewRemoved


@dataclass(frozen=True, slots=True)
class DeskState:
    """`ended`: sessions that began before are over. `locked`: until when no password is tried.

    `views`: id of a view → its latest event.
    """

    ended: datetime | None = None
    locked: datetime | None = None
    views: Mapping[str, ViewSaved] = field(default_factory=dict)


def decide(c: DeskCommand, desk: DeskState, definitions: Definitions) -> Sequence[DeskEvent] | Rejection:
    """Obey; no event for what is so already."""
    match c:
        case EndSessions():
            over = desk.ended is not None and c.begun_before <= desk.ended
            return [] if over else [retold(SessionsEnded, c)]
        case LockStaff():
            return _lock(c, desk, definitions)
        case UnlockStaff():
            over = desk.locked is None or desk.locked <= c.unlocked
            return [] if over else [retold(StaffUnlocked, c)]
        case SaveView():
            return _save(c, desk)
        case RemoveView():
            if c.view_id not in desk.views:
                return Rejection("view-unknown", f"there is no view {c.view_id}: it may have been removed already")
            return [retold(ViewRemoved, c)]
        case _:
            assert_never(c)


def _lock(c: LockStaff, desk: DeskState, definitions: Definitions) -> Sequence[DeskEvent] | Rejection:
    """Lock, but not again while a lock holds: whoever goes on guessing writes no events."""
    if definitions.find(Staff, c.staff_id) is None:
        return Rejection("staff-unknown", f"there is no member of staff {c.staff_id}")
    holds = desk.locked is not None and c.since < desk.locked
    return [] if holds else [retold(StaffLocked, c)]


def _save(c: SaveView, desk: DeskState) -> Sequence[DeskEvent] | Rejection:
    """Save a view, or a new filter for the one of that title."""
    same = next((each for each in desk.views.values() if (each.screen, each.title) == (c.screen, c.title)), None)
    if same is None and len(desk.views) >= MOST_VIEWS:
        return Rejection("too-many-views", f"{MOST_VIEWS} views are saved: remove one that is not used any more")
    if same is None:
        return [retold(ViewSaved, c)]
    return [] if same.query == c.query else [retold(ViewSaved, c, leave=("id", "view_id"), view_id=same.view_id)]


def evolve(desk: DeskState, event: DeskEvent) -> DeskState:
    """Apply an event to the state that `decide` reads."""
    match event:
        case SessionsEnded():
            return replace(desk, ended=event.begun_before)
        case StaffLocked():
            return replace(desk, locked=event.until)
        case StaffUnlocked():
            return replace(desk, locked=None)
        case ViewSaved():
            return replace(desk, views={**desk.views, event.view_id: event})
        case ViewRemoved():
            return replace(desk, views={id: view for id, view in desk.views.items() if id != event.view_id})
        case _:
            assert_never(event)


OF_DESKS = Decider(name=DESKS, initial=DeskState, decide=decide, evolve=evolve, partitions=1)
