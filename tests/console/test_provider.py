"""Staff sign in at the hospital's identity provider, and one that misbehaves lets nobody in."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from console import provider as console_provider
from console.attempts import MOST, START
from console.session import COOKIE
from console.settings import Oidc
from tests.console.desks import PASSWORD, Seat, member
from tests.support.oidc import CLIENT, SECRET, Provider, a_provider, new_key, path_of

STAFF = [
    member("liu", "nurse", login="liu.na"),
    member("one", "agent", login="two"),
    member("two", "agent"),
    member("han", "manager"),
]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with a_provider() as started:
        yield started


def seat_at(provider: Provider, folder: Path, **console: Any) -> Seat:
    """A browser at a console without local users, which asks this provider."""
    (folder / "secret").write_text(SECRET + "\n")
    oidc = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret_file": folder / "secret"}
    return Seat(folder, STAFF, **{"users_file": None, "oidc": oidc, **console})


@pytest.fixture
def seat(provider: Provider, tmp_path: Path) -> Seat:
    return seat_at(provider, tmp_path)


async def sent_back(seat: Seat, to: str = "/find") -> str:
    """The address that the provider sends the browser back to."""
    async with httpx.AsyncClient() as browser:
        there = await seat.http.get("/sign-in/provider", params={"to": to})
        assert there.status_code == 303, there.text
        answer = await browser.get(there.headers["location"])
    assert answer.status_code == 303, answer.text
    return path_of(answer.headers["location"])


async def signing_in(seat: Seat, to: str = "/find") -> httpx.Response:
    return await seat.http.get(await sent_back(seat, to))


async def test_who_signs_in_at_the_provider_goes_on_with_the_page_that_was_asked_for(seat: Seat) -> None:
    answer = await signing_in(seat)
    assert (answer.status_code, answer.headers["location"]) == (303, "/find")
    page = await seat.http.get("/find")
    assert (page.status_code, "Liu" in page.text) == (200, True)
    assert [name for name in seat.http.cookies if name.startswith(START)] == []


async def test_roles_are_those_of_the_staff_definition_whatever_the_provider_says(
    seat: Seat, provider: Provider
) -> None:
    provider.login, provider.claims = "han", {"roles": ["nurse"], "scope": "contacts:erase"}
    assert (await signing_in(seat)).status_code == 303
    assert (await seat.http.get("/find")).status_code == 403


async def test_two_tabs_sign_in_at_once(seat: Seat) -> None:
    first, second = await sent_back(seat, "/find"), await sent_back(seat, "/persons/p-1")
    for path, to in ((second, "/persons/p-1"), (first, "/find")):
        assert (await seat.http.get(path)).headers["location"] == to


async def test_attempts_that_are_abandoned_do_not_pile_up(seat: Seat) -> None:
    for _ in range(MOST + 5):
        last = await sent_back(seat)
    assert len([name for name in seat.http.cookies if name.startswith(START)]) == MOST
    assert (await seat.http.get(last)).status_code == 303


NOW_WRONG: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "other"},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "http://127.0.0.1:9"},
    "another audience": {"aud": "another-client"},
    "made for another client": {"aud": [CLIENT, "x"], "azp": "x"},
    "expired": {"exp": 1},
    "no end": {"exp": None},
    "from tomorrow": {"iat": 1 << 33, "nbf": 1 << 33},
    "of another access token": {"at_hash": "AAAA"},
    "a login that is no text": {"sub": 7},
    "no login": {"sub": None},
}


@pytest.mark.parametrize("wrong", NOW_WRONG)
async def test_an_id_token_that_is_not_of_this_attempt_lets_nobody_in(
    seat: Seat, provider: Provider, wrong: str
) -> None:
    provider.claims = NOW_WRONG[wrong]
    answer = await signing_in(seat)
    assert (answer.status_code, COOKIE in seat.http.cookies) == (502, False)
    assert "无法采信" in answer.text


async def test_a_signature_of_another_key_lets_nobody_in(seat: Seat, provider: Provider) -> None:
    provider.signs_with = new_key()
    assert (await signing_in(seat)).status_code == 502


async def test_an_answer_in_the_name_of_another_provider_is_refused(seat: Seat, provider: Provider) -> None:
    provider.iss = "https://elsewhere.example"
    assert (await signing_in(seat)).status_code == 502


async def test_an_error_of_the_provider_is_a_sentence(seat: Seat, provider: Provider) -> None:
    provider.error = "access_denied"
    answer = await signing_in(seat)
    assert answer.status_code == 403
    assert "未允许登录" in answer.text
    assert "<b>" not in answer.text


async def test_an_answer_counts_once(seat: Seat) -> None:
    path = await sent_back(seat)
    kept = dict(seat.http.cookies)
    assert (await seat.http.get(path)).status_code == 303
    seat.http.cookies.clear()
    assert (await seat.http.get(path)).status_code == 400
    seat.http.cookies.update(kept)  # as of a thief who has the attempt's cookie as well: the provider knows the code
    assert (await seat.http.get(path)).status_code == 403


async def test_an_answer_in_another_browser_is_refused(seat: Seat, provider: Provider, tmp_path: Path) -> None:
    path = await sent_back(seat)
    other = seat_at(provider, tmp_path)
    await sent_back(other)
    answer = await other.http.get(path)
    assert (answer.status_code, COOKIE in other.http.cookies) == (400, False)
    assert "已失效" in answer.text


async def test_an_attempt_ends_after_ten_minutes(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await sent_back(seat)
    monkeypatch.setattr("console.attempts.SECONDS", 0)
    assert (await seat.http.get(path)).status_code == 400


async def test_a_provider_that_is_away_is_a_sentence_and_its_last_description_is_used(
    seat: Seat, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.away = True
    answer = await seat.http.get("/sign-in/provider")
    assert (answer.status_code, "暂时无法访问" in answer.text) == (503, True)
    provider.away = False
    path = await sent_back(seat)
    provider.away = True
    assert (await seat.http.get(path)).status_code == 503
    monkeypatch.setattr(console_provider, "LIFE_SECONDS", -1.0)
    assert (await seat.http.get("/sign-in/provider")).status_code == 303


async def test_a_provider_that_is_slow_is_not_waited_for_without_end(
    seat: Seat, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await sent_back(seat)
    monkeypatch.setattr(console_provider, "TIMEOUT_SECONDS", 0.2)
    provider.slow = 1
    assert (await seat.http.get(path)).status_code == 503


@pytest.mark.parametrize("status", [500, 302, 200])
async def test_an_answer_that_is_no_token_is_none(seat: Seat, provider: Provider, status: int) -> None:
    path = await sent_back(seat)
    provider.status = 203 if status == 200 else status
    assert (await seat.http.get(path)).status_code in (502, 503)
    assert COOKIE not in seat.http.cookies


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
async def test_a_description_that_is_not_this_providers_is_not_used(
    seat: Seat, provider: Provider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    answer = await seat.http.get("/sign-in/provider")
    assert (answer.status_code, "location" in answer.headers) == (502, False)


@pytest.mark.parametrize("login", ["nobody", "two"])
async def test_a_login_of_nobody_or_of_two_people_lets_nobody_in(seat: Seat, provider: Provider, login: str) -> None:
    provider.login = login
    answer = await signing_in(seat)
    assert (answer.status_code, COOKIE in seat.http.cookies) == (403, False)


async def test_another_claim_may_be_the_login(provider: Provider, tmp_path: Path) -> None:
    oidc = {"issuer": provider.issuer, "client_id": CLIENT, "login_claim": "employee"}
    seat = seat_at(provider, tmp_path, oidc=oidc)
    provider.login, provider.claims, provider.public = "f81d4fae", {"employee": "liu.na"}, True
    assert (await signing_in(seat)).headers["location"] == "/find"


async def test_nobody_is_led_elsewhere_by_signing_in_at_the_provider(seat: Seat) -> None:
    assert (await signing_in(seat, "https://elsewhere.example/")).headers["location"] == "/"


async def test_who_signs_out_is_led_to_the_providers_sign_out(seat: Seat, provider: Provider) -> None:
    await signing_in(seat)
    answer = await seat.http.post("/sign-out")
    assert (answer.status_code, COOKIE in seat.http.cookies) == (200, False)
    leads = answer.text.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(leads).query)
    assert leads.startswith(f"{provider.issuer}/end?")
    assert asked["post_logout_redirect_uri"] == ["http://127.0.0.1:8800/sign-in"]
    assert asked["id_token_hint"][0].count(".") == 2
    again = await seat.http.post("/sign-out")
    assert (again.status_code, again.headers["location"]) == (303, "/sign-in")


async def test_a_provider_without_sign_out_or_away_does_not_hold_anybody(seat: Seat, provider: Provider) -> None:
    provider.metadata = {"end_session_endpoint": None}
    await signing_in(seat)
    assert (await seat.http.post("/sign-out")).headers["location"] == "/sign-in"
    assert COOKIE not in seat.http.cookies


async def test_the_page_has_a_password_form_only_if_there_are_local_users(
    seat: Seat, provider: Provider, tmp_path: Path
) -> None:
    page = (await seat.http.get("/sign-in?to=/find")).text
    assert 'href="/sign-in/provider?to=/find"' in page
    assert 'name="password"' not in page
    assert (await seat.http.post("/sign-in", data={"login": "liu.na", "password": PASSWORD})).status_code == 403
    both = seat_at(provider, tmp_path, users_file=tmp_path / "users.json")
    both.users.put("liu.na", PASSWORD)
    page = (await both.http.get("/sign-in")).text
    assert ('name="password"' in page, "/sign-in/provider" in page) == (True, True)
    assert (await both.http.post("/sign-in", data={"login": "liu.na", "password": PASSWORD})).status_code == 303


async def test_without_a_provider_there_is_no_way_to_one(tmp_path: Path) -> None:
    seat = Seat(tmp_path, STAFF)
    assert "/sign-in/provider" not in (await seat.http.get("/sign-in")).text
    assert (await seat.http.get("/sign-in/provider")).status_code == 404


def test_a_provider_over_plain_http_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="is not https"):
        Oidc(issuer="http://login.hospital.example", client_id="x")
    with pytest.raises(ValueError, match="CLIENT_ID"):
        Oidc(issuer="https://login.hospital.example")
