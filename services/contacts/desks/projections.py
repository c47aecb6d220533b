"""Read models: what happened last to a member of staff at the console, and the views that they saved."""

from typing import assert_never, get_args

from shared.contracts.contacts_desks import DESKS, SessionsEnded, StaffLocked, StaffUnlocked, ViewRemoved, ViewSaved
from shared.projector import Item, Projection
from shared.projector.model import Document

SignIn = SessionsEnded | StaffLocked | StaffUnlocked
NOT_UNLOCKED = {"unlocked": None, "unlocked_by": None}


def _desk(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    return {**(before or {}), **_news(item.envelope.data)}


def _news(event: SignIn) -> Document:
    match event:
        case SessionsEnded():
            return {"sessions_ended": event.begun_before, "ended_by": event.ended_by}
        case StaffLocked():
            lock = {"locked_since": event.since, "locked_until": event.until, "tries": event.tries}
            return {**lock, **NOT_UNLOCKED}
        case StaffUnlocked():
            return {"unlocked": event.unlocked, "unlocked_by": event.unlocked_by}
        case _:
            assert_never(event)


STAFF_DESKS = Projection(
    collection="staff_desks",
    sources=(DESKS,),
    types=get_args(SignIn),
    keys=lambda item: [item.envelope.key] if item.envelope else [],
    fold=_desk,
)


def _view(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: ViewSaved | ViewRemoved = item.envelope.data
    if isinstance(event, ViewRemoved):
        return None
    return {"staff_id": event.staff_id, "screen": event.screen, "title": event.title, "query": event.query}


SAVED_VIEWS = Projection(
    collection="saved_views",
    sources=(DESKS,),
    types=(ViewSaved, ViewRemoved),
    keys=lambda item: [item.envelope.data.view_id] if item.envelope else [],
    fold=_view,
    indexes=([("staff_id", 1), ("_id", 1)],),
)
