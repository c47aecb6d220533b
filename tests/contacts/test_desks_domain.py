"""Sessions that are over, locks after wrong passwords, and views of a member of staff."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from services.contacts.desks.commands import EndSessions, LockStaff, RemoveView, SaveView, UnlockStaff
from services.contacts.desks.domain import MOST_VIEWS, OF_DESKS
from shared.contracts.contacts_desks import SessionsEnded, StaffLocked, StaffUnlocked, ViewRemoved, ViewSaved
from shared.contracts.staff import Staff
from shared.definitions import Definitions
from shared.testing import Spec

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
LIU = Staff(id="liu", version=1, name="Liu", email="liu@hospital.example")
RULES = Spec(OF_DESKS, Definitions.of(LIU))
END = EndSessions(id="1", at=NINE, staff_id="liu", begun_before=NINE, ended_by="han")
ENDED = SessionsEnded(at=NINE, staff_id="liu", begun_before=NINE, ended_by="han")


def lock(since: datetime, staff_id: str = "liu") -> LockStaff:
    return LockStaff(id="2", at=NINE, staff_id=staff_id, since=since, until=since + QUARTER, tries=5)


def locked(since: datetime) -> StaffLocked:
    return StaffLocked(at=NINE, staff_id="liu", since=since, until=since + QUARTER, tries=5)


def unlock(at: datetime) -> UnlockStaff:
    return UnlockStaff(id="3", at=NINE, staff_id="liu", unlocked=at, unlocked_by="han")


def unlocked(at: datetime) -> StaffUnlocked:
    return StaffUnlocked(at=NINE, staff_id="liu", unlocked=at, unlocked_by="han")


def save(id: str, title: str = "mine", query: str = "whose=me", screen: str = "cases") -> SaveView:
    return SaveView(id=id, at=NINE, staff_id="liu", view_id=id, screen=screen, title=title, query=query)


def saved(id: str, title: str = "mine", query: str = "whose=me", screen: str = "cases") -> ViewSaved:
    return ViewSaved(at=NINE, staff_id="liu", view_id=id, screen=screen, title=title, query=query)


def remove(id: str) -> RemoveView:
    return RemoveView(id="r", at=NINE, staff_id="liu", view_id=id)


def test_sessions_that_began_before_are_over() -> None:
    RULES.given().when(END).then(ENDED)


def test_later_ones_end_again_and_earlier_ones_are_over_already() -> None:
    later = NINE + timedelta(minutes=1)
    RULES.given(ENDED).when(END).then()
    again = EndSessions(id="2", at=NINE, staff_id="liu", begun_before=later, ended_by="liu")
    RULES.given(ENDED).when(again).then(SessionsEnded(at=NINE, staff_id="liu", begun_before=later, ended_by="liu"))


def test_wrong_passwords_lock_a_member_of_staff_once_and_again_when_the_lock_is_over() -> None:
    RULES.given().when(lock(NINE)).then(locked(NINE))
    RULES.given(locked(NINE)).when(lock(NINE + timedelta(minutes=14))).then_nothing()
    later = NINE + QUARTER
    RULES.given(locked(NINE)).when(lock(later)).then(locked(later))


def test_a_login_that_is_nobodys_leaves_no_event() -> None:
    RULES.given().when(lock(NINE, "guessed")).rejected("staff-unknown")


def test_a_lock_that_holds_is_lifted_and_one_that_is_over_needs_nobody() -> None:
    soon, late = NINE + timedelta(minutes=3), NINE + QUARTER
    RULES.given(locked(NINE)).when(unlock(soon)).then(unlocked(soon))
    RULES.given(locked(NINE)).when(unlock(late)).then_nothing()
    RULES.given().when(unlock(soon)).then_nothing()
    RULES.given(locked(NINE), unlocked(soon)).when(unlock(soon)).then_nothing()


def test_who_goes_on_guessing_after_a_lock_was_lifted_is_locked_again() -> None:
    soon = NINE + timedelta(minutes=3)
    RULES.given(locked(NINE), unlocked(soon)).when(lock(soon)).then(locked(soon))


def test_a_view_is_saved_under_a_name_of_its_screen() -> None:
    RULES.given().when(save("a")).then(saved("a"))
    RULES.given(saved("a")).when(save("b", screen="messages")).then(saved("b", screen="messages"))


def test_a_name_that_there_is_gets_the_new_filter_and_the_same_filter_is_nothing_new() -> None:
    RULES.given(saved("a")).when(save("b", query="whose=nobody")).then(saved("a", query="whose=nobody"))
    RULES.given(saved("a")).when(save("b")).then_nothing()


def test_as_many_views_as_one_may_have_are_enough() -> None:
    full = [saved(str(number), title=str(number)) for number in range(MOST_VIEWS)]
    RULES.given(*full).when(save("new")).rejected("too-many-views")
    RULES.given(*full).when(save("x", title="7", query="other=1")).then(saved("7", title="7", query="other=1"))
    gone = ViewRemoved(at=NINE, staff_id="liu", view_id="7")
    RULES.given(*full, gone).when(save("new")).then(saved("new"))


def test_a_view_is_removed_once() -> None:
    gone = ViewRemoved(at=NINE, staff_id="liu", view_id="a")
    RULES.given(saved("a")).when(remove("a")).then(gone)
    RULES.given(saved("a"), gone).when(remove("a")).rejected("view-unknown")


MINUTES = some.integers(0, 60)


@given(some.lists(some.tuples(some.sampled_from([lock, unlock]), MINUTES)))
def test_locks_never_overlap_whoever_counts_and_in_whatever_order(steps: list[tuple[object, int]]) -> None:
    """Several processes of the console count at once; at each moment one lock holds at most."""
    desk, holds = RULES.given(), None
    for make, minute in sorted(steps, key=lambda step: step[1]):
        at = NINE + timedelta(minutes=minute)
        for event in desk.when(make(at)).events:  # type: ignore[operator]
            if isinstance(event, StaffLocked):
                assert holds is None or event.since >= holds
                holds = event.until
            else:
                assert holds is not None
                assert event.unlocked < holds
                holds = None
