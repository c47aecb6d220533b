"""The list of users and what the page of one says, of definitions alone."""

from datetime import UTC, datetime, timedelta

from careloop_client.contacts.models import StaffDesk
from console.roles import ROLES, SCOPES, scopes_of
from console.screens import SCREENS
from console.screens.users.filters import Filter
from console.screens.users.view import chosen_roles, opened, rights, rows, sign_in, way_in
from shared.contracts.base import changed
from tests.console.desks import member

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
LIU = changed(member("liu", "nurse", login="liu.na", department="CARD"), departments=("ORTH",), applied_at=NINE)
WANG = changed(member("wang", "agent"), applied_at=NINE + timedelta(days=1))
CHEN = member("chen", "complaints-supervisor", department="CARD")
STAFF = [WANG, LIU, CHEN]


def ids(chosen: Filter, locked: str = "") -> list[str]:
    return [each.id for each in chosen.shown(STAFF, lambda staff_id: staff_id == locked)]


def test_users_are_found_by_text_role_department_and_lock() -> None:
    assert ids(Filter()) == ["chen", "liu", "wang"]
    assert (ids(Filter(text="LIU.N")), ids(Filter(role="agent"))) == (["liu"], ["wang"])
    assert (ids(Filter(department="CARD")), ids(Filter(department="ORTH"))) == (["chen", "liu"], ["liu"])
    assert ids(Filter(locked=True), locked="wang") == ["wang"]


def test_users_are_ordered_by_name_login_or_the_latest_change() -> None:
    assert ids(Filter(sort="login")) == ["chen", "liu", "wang"]
    assert ids(Filter(sort="changed")) == ["wang", "liu", "chen"]


def test_the_filter_stands_in_the_address_of_each_page() -> None:
    assert Filter().query == ""
    assert Filter(role="nurse", locked=True, sort="login", page=3).query == "role=nurse&locked=yes&sort=login"
    assert (Filter().at(2), Filter(role="nurse").at(2)) == ("page=2", "role=nurse&page=2")


def test_a_row_shows_the_departments_that_somebody_reads_in_and_the_lock() -> None:
    [row] = rows([LIU], lambda staff_id: NINE)
    assert (list(row.departments), row.locked) == (["CARD", "ORTH"], NINE)


def test_roles_that_are_none_of_the_console_can_be_filtered_by_too() -> None:
    assert chosen_roles(STAFF) == [*ROLES, "complaints-supervisor"]


def test_what_the_roles_allow_is_what_the_services_are_asked_with() -> None:
    for role in ROLES:
        assert sorted(right.scope for right in rights([role])) == scopes_of([role])
    [handle] = [right for right in rights(["agent-lead", "department-head"]) if right.scope == "complaints:handle"]
    assert handle.roles == ["agent-lead", "department-head"]
    assert rights(["complaints-supervisor"]) == []
    assert set(SCOPES) == set(ROLES)


def test_the_screens_of_a_user_are_those_that_open_for_them() -> None:
    assert {screen.name for screen in opened(SCREENS, ["administrator"])} == {"users"}
    assert opened(SCREENS, ["complaints-supervisor"]) == []


def test_it_says_how_somebody_signs_in() -> None:
    assert [way_in("liu", passwords, provider) for passwords in (["liu"], []) for provider in (True, False)] == [
        "both",
        "password",
        "provider",
        "none",
    ]


def desk(**fields: object) -> StaffDesk:
    return StaffDesk.model_validate(dict.fromkeys(StaffDesk.model_fields) | {"staff_id": "liu"} | fields)


def test_a_lock_holds_until_its_time_or_until_it_was_lifted() -> None:
    lock = {"locked_since": NINE, "locked_until": NINE + timedelta(minutes=15), "tries": 5}
    assert not sign_in(desk(), str, NINE).locked
    assert sign_in(desk(**lock), str, NINE).locked
    assert not sign_in(desk(**lock), str, NINE + timedelta(minutes=15)).locked
    lifted = sign_in(desk(**lock, unlocked=NINE, unlocked_by="han"), str.title, NINE)
    assert (lifted.locked, lifted.unlocked_by) == (False, "Han")
