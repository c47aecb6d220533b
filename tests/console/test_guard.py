"""What every page and every cookie of the console has, so that other sites and injected text can do little."""

import re
from pathlib import Path

import httpx
import pytest

from console.session import COOKIE
from tests.console.desks import BROWSER, PASSWORD, Seat, member

STAFF = [member("liu", "nurse"), member("han", "manager")]
PATHS = ["/sign-in", "/find", "/account", "/persons/p-1", "/unknown"]


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    seat = Seat(tmp_path, STAFF)
    seat.users.put("liu", PASSWORD)
    return seat


async def signed_in(seat: Seat) -> httpx.Response:
    return await seat.http.post("/sign-in", data={"login": "liu", "password": PASSWORD})


async def test_over_https_every_cookie_is_secure_of_this_host_alone_and_out_of_reach_of_scripts(tmp_path: Path) -> None:
    seat = Seat(tmp_path, STAFF, public_url="https://care.hospital.example")
    seat.users.put("liu", PASSWORD)
    answers = [await signed_in(seat), await seat.http.post("/language/en"), await seat.http.post("/sign-out")]
    cookies = [value for answer in answers for value in answer.headers.get_list("set-cookie")]
    assert len(cookies) == 4
    for cookie in cookies:
        name, *attributes = (part.strip().lower() for part in cookie.split(";"))
        assert name.startswith("__host-careloop_")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= set(attributes)
        assert not any(each.startswith("domain") for each in attributes)
    sent = {cookie.partition("=")[0]: cookie.partition("=")[2].partition(";")[0] for cookie in cookies[:1]}
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in sent.items())}
    assert (await seat.http.get("/find", headers=headers)).status_code == 200
    plain = {"cookie": headers["cookie"].replace("__Host-", "")}
    assert (await seat.http.get("/find", headers=plain)).status_code == 303


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_has_a_policy_that_runs_nothing_but_our_own_files(seat: Seat, path: str) -> None:
    seat.sits("liu")
    answer = await seat.http.get(path, headers=BROWSER)
    policy = dict(re.findall(r"([a-z-]+) ([^;]+)", answer.headers["content-security-policy"]))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["frame-ancestors"], policy["base-uri"], policy["form-action"]) == ("'none'", "'none'", "'self'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_of_somebody_has_a_sign_out(seat: Seat, path: str) -> None:
    seat.sits("han")
    page = (await seat.http.get(path, headers=BROWSER)).text
    assert ('action="/sign-out"' in page) == (path != "/sign-in")


async def test_each_sign_in_begins_a_new_session(seat: Seat) -> None:
    await signed_in(seat)
    first = seat.http.cookies[COOKIE]
    await signed_in(seat)
    opened = [seat.desk.sessions.opened(each) for each in (first, seat.http.cookies[COOKIE])]
    first_session, second_session = opened
    assert first_session
    assert second_session
    assert first_session.begun < second_session.begun
