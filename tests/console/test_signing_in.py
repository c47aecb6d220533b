"""Who may sit down at the console."""

from pathlib import Path

import pytest

from console.session import COOKIE
from tests.console.desks import PASSWORD, Seat, member

STAFF = [member("liu", "nurse", login="liu.na"), member("wang", "agent")]


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    seat = Seat(tmp_path, STAFF)
    seat.users.put("liu.na", PASSWORD)
    return seat


async def test_a_login_and_its_password_open_the_page_that_was_asked_for(seat: Seat) -> None:
    asked = await seat.http.get("/find")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?to=%2Ffind")
    answer = await seat.http.post("/sign-in", data={"login": "liu.na", "password": PASSWORD, "to": "/find"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/find")
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    assert (await seat.http.get("/find")).status_code == 200


@pytest.mark.parametrize(("login", "password"), [("liu.na", "wrong"), ("liu.na", ""), ("nobody", PASSWORD), ("", "")])
async def test_a_wrong_password_and_an_unknown_login_are_one_answer(seat: Seat, login: str, password: str) -> None:
    answer = await seat.http.post("/sign-in", data={"login": login, "password": password})
    assert answer.status_code == 403
    assert "用户名或密码不正确" in answer.text
    assert COOKIE not in answer.cookies


async def test_a_user_who_is_no_member_of_staff_is_told_so(seat: Seat) -> None:
    seat.users.put("former", PASSWORD)
    answer = await seat.http.post("/sign-in", data={"login": "former", "password": PASSWORD})
    assert (answer.status_code, COOKIE in answer.cookies) == (403, False)
    assert "未登记为本院员工" in answer.text


async def test_five_wrong_passwords_lock_a_login_and_no_other(seat: Seat) -> None:
    seat.users.put("wang", PASSWORD)
    for _ in range(5):
        assert (await seat.http.post("/sign-in", data={"login": "liu.na", "password": "wrong"})).status_code == 403
    right = {"login": "liu.na", "password": PASSWORD}
    assert (await seat.http.post("/sign-in", data=right)).status_code == 429
    assert (await seat.http.post("/sign-in", data={**right, "login": "wang"})).status_code == 303


async def test_whoever_is_no_member_of_staff_any_more_is_signed_out(seat: Seat) -> None:
    seat.sits("liu")
    assert (await seat.http.get("/find")).status_code == 200
    seat.sits("gone")
    assert (await seat.http.get("/find")).status_code == 303


async def test_who_signs_out_is_out(seat: Seat) -> None:
    seat.sits("liu")
    answer = await seat.http.post("/sign-out")
    assert (answer.status_code, answer.headers["clear-site-data"]) == (303, '"storage"')
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "find"])
async def test_nobody_is_led_elsewhere_by_signing_in(seat: Seat, to: str) -> None:
    answer = await seat.http.post("/sign-in", data={"login": "liu.na", "password": PASSWORD, "to": to})
    assert answer.headers["location"] == "/"


async def test_a_form_of_another_site_changes_nothing(seat: Seat) -> None:
    seat.sits("liu")
    for site in ("cross-site", "same-site"):
        answer = await seat.http.post("/find", data={"value": "1"}, headers={"sec-fetch-site": site})
        assert answer.status_code == 403
    assert (await seat.http.post("/find", data={}, headers={"sec-fetch-site": "same-origin"})).status_code == 422


async def test_the_page_speaks_the_language_that_was_chosen(seat: Seat) -> None:
    assert '<html lang="zh-CN">' in (await seat.http.get("/sign-in")).text
    english = await seat.http.get("/sign-in", headers={"accept-language": "en-GB,en;q=0.9"})
    assert '<html lang="en">' in english.text
    await seat.http.post("/language/en", data={"to": "/sign-in"})
    assert '<html lang="en">' in (await seat.http.get("/sign-in", headers={"accept-language": "zh-CN"})).text
