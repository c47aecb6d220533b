"""What is shown of staff at the console, and of the views that they saved."""

from datetime import UTC, datetime, timedelta

from services.contacts.desks.projections import SAVED_VIEWS, STAFF_DESKS
from shared.contracts.contacts_desks import SessionsEnded, StaffLocked, StaffUnlocked, ViewRemoved, ViewSaved
from shared.testing import Shows

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
LOCKED = StaffLocked(at=NINE, staff_id="liu", since=NINE, until=TEN, tries=5)
UNLOCKED = StaffUnlocked(at=NINE, staff_id="liu", unlocked=TEN, unlocked_by="han")


def test_a_desk_shows_the_last_lock_and_who_lifted_it_until_the_next() -> None:
    desk = Shows(STAFF_DESKS).given(LOCKED, UNLOCKED).document("liu")
    assert (desk["locked_since"], desk["locked_until"], desk["tries"]) == (NINE, TEN, 5)
    assert (desk["unlocked"], desk["unlocked_by"]) == (TEN, "han")
    again = Shows(STAFF_DESKS).given(LOCKED, UNLOCKED, LOCKED).document("liu")
    assert (again["unlocked"], again["unlocked_by"]) == (None, None)


def test_a_desk_shows_who_ended_the_sessions_beside_the_lock() -> None:
    ended = SessionsEnded(at=NINE, staff_id="liu", begun_before=TEN, ended_by="han")
    desk = Shows(STAFF_DESKS).given(LOCKED, ended).document("liu")
    assert (desk["sessions_ended"], desk["ended_by"], desk["locked_until"]) == (TEN, "han", TEN)


def test_a_view_shows_its_latest_filter_until_it_is_removed() -> None:
    def saved(query: str) -> ViewSaved:
        return ViewSaved(at=NINE, staff_id="liu", view_id="v", screen="cases", title="mine", query=query)

    shown = Shows(SAVED_VIEWS).given(saved("whose=me"), saved("whose=nobody")).document("v")
    assert {"staff_id": "liu", "screen": "cases", "title": "mine", "query": "whose=nobody"}.items() <= shown.items()
    gone = ViewRemoved(at=NINE, staff_id="liu", view_id="v")
    assert "v" not in Shows(SAVED_VIEWS).given(saved("whose=me"), gone).documents
