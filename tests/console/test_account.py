"""A local user changes their own password, and may choose any that is neither short nor known to anybody."""

from pathlib import Path

import pytest

from console.passwords import WeakPassword, check
from tests.console.desks import PASSWORD, Seat, member

NEW = "四月的雨 falls on the ward / 42"
STAFF = [member("liu", "nurse", login="liu.na"), member("wang", "agent")]


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    seat = Seat(tmp_path, STAFF)
    seat.users.put("liu.na", PASSWORD)
    seat.sits("liu")
    return seat


async def test_who_knows_the_current_password_changes_it(seat: Seat) -> None:
    page = (await seat.http.get("/account")).text
    assert 'name="new" type="password" autocomplete="new-password"' in page
    answer = await seat.http.post("/account/password", data={"current": PASSWORD, "new": NEW})
    assert (answer.status_code, "密码已修改" in answer.text) == (200, True)
    assert "其他电脑上的登录暂时未能退出" in answer.text  # the services are away
    assert (seat.users.verify("liu.na", NEW), seat.users.verify("liu.na", PASSWORD)) == (True, False)


@pytest.mark.parametrize(
    ("new", "text"),
    [
        ("seven77", "至少 8"),
        ("Password", "常见密码"),
        ("1qaz2wsx", "常见密码"),
        ("Liu.Na-2026", "用户名"),
        ("careloop2026", "用户名"),
    ],
)
async def test_a_password_that_others_guess_is_refused_with_the_reason(seat: Seat, new: str, text: str) -> None:
    answer = await seat.http.post("/account/password", data={"current": PASSWORD, "new": new})
    assert (answer.status_code, text in answer.text) == (422, True)
    assert seat.users.verify("liu.na", PASSWORD)


async def test_guessing_the_current_password_locks_the_login(seat: Seat) -> None:
    for _ in range(5):
        answer = await seat.http.post("/account/password", data={"current": "guess", "new": NEW})
        assert (answer.status_code, "当前密码不正确" in answer.text) == (403, True)
    answer = await seat.http.post("/account/password", data={"current": PASSWORD, "new": NEW})
    assert answer.status_code == 429
    assert (await seat.http.post("/sign-in", data={"login": "liu.na", "password": PASSWORD})).status_code == 429


async def test_nobody_changes_a_password_without_being_signed_in(seat: Seat) -> None:
    seat.http.cookies.clear()
    for answer in (await seat.http.get("/account"), await seat.http.post("/account/password", data={"new": NEW})):
        assert answer.headers["location"].startswith("/sign-in")


async def test_who_has_no_password_here_sees_no_form_for_one(seat: Seat) -> None:
    seat.sits("wang")
    assert 'type="password"' not in (await seat.http.get("/account")).text


@pytest.mark.parametrize(
    "password",
    ["        ", "aaaaaaaa bbbb", "x" * 64, "长" * 64, "é' OR 1=1 --", "liu.na walks the dog at night", "x" * 1000],
)
def test_any_composition_and_length_is_taken_as_it_is(password: str, tmp_path: Path) -> None:
    seat = Seat(tmp_path, STAFF)
    seat.users.put("liu.na", password)
    assert seat.users.verify("liu.na", password)
    for other in (password[:-1], password.upper(), password.strip() + " "):
        assert other == password or not seat.users.verify("liu.na", other)


def test_a_name_of_the_hospital_is_no_password() -> None:
    with pytest.raises(WeakPassword):
        check("Renji-Hospital1", ["renji-hospital"])


async def test_password_fields_are_masked_and_filled_by_password_managers(seat: Seat) -> None:
    pages = [(await seat.http.get(path)).text for path in ("/sign-in", "/account")]
    for page in pages:
        for field in page.split("<input ")[1:]:
            name = field.partition('name="')[2].partition('"')[0]
            if name in ("password", "current", "new"):
                assert 'type="password"' in field
                assert 'autocomplete="' in field
                assert "onpaste" not in field
