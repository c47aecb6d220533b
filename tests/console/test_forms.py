"""What becomes of a form: its draft is forgotten once it was accepted, and kept while its writer signs in again."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from console.forms import ACCEPTED
from tests.console.desks import PASSWORD, Seat, member

ZHOU = member("zhou", "complaint-officer", "registrar")
DONE = {"command_id": "k", "position": "eyJ9", "aggregate": "c-1", "event_ids": []}
SENT = {"resolution": "已致电", "revision": "1", "key": "k"}


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/resolution"):
            return httpx.Response(200, json={"status": "accepted", **DONE})
        return httpx.Response(503, json={"type": "/problems/read-models-away"})

    return Seat(tmp_path, [ZHOU], httpx.MockTransport(answer))


def to(answer: httpx.Response) -> str:
    [path] = parse_qs(urlsplit(answer.headers.get("location") or answer.headers["hx-redirect"]).query)["to"]
    return path


async def test_the_page_after_a_form_that_was_accepted_knows_of_it_and_the_one_after_does_not(seat: Seat) -> None:
    seat.sits("zhou")
    answer = await seat.http.post("/cases/c-1/resolution?whose=me", data=SENT)
    assert (answer.status_code, seat.http.cookies.get(ACCEPTED)) == (303, "%2Fcases%2Fc-1%2Fresolution")
    part = await seat.http.get("/touchpoint", headers={"hx-request": "true"})
    assert (part.status_code, ACCEPTED in seat.http.cookies) == (200, True)
    page = await seat.http.get("/touchpoint")
    assert 'data-accepted="/cases/c-1/resolution"' in page.text
    assert 'data-accepted=""' in (await seat.http.get("/touchpoint")).text


async def test_a_form_that_was_refused_is_not_taken_for_accepted(seat: Seat) -> None:
    seat.sits("zhou")
    for data in ({**SENT, "resolution": " "}, {"assignee": "zhou"}):
        path = "/cases/c-1/resolution" if "resolution" in data else "/cases/c-1/assignment"
        answer = await seat.http.post(path, data=data)
        assert answer.status_code >= 400
        assert 'data-accepted=""' in answer.text
        assert ACCEPTED not in seat.http.cookies


@pytest.mark.parametrize(
    ("method", "path", "back"),
    [
        ("GET", "/cases/c-1?status=open&whose=me", "/cases/c-1?status=open&whose=me"),
        ("GET", "/find?to=x%26y", "/find?to=x%26y"),
        ("POST", "/cases/c-1/resolution?whose=me", "/cases/c-1/resolution?whose=me"),
        ("GET", "/cases?department=" + "x" * 1600, "/cases"),
    ],
)
async def test_who_signs_in_goes_on_where_they_were(seat: Seat, method: str, path: str, back: str) -> None:
    answer = await seat.http.request(method, path)
    assert (answer.status_code, to(answer)) == (303, back)
    assert "&" not in urlsplit(answer.headers["location"]).query


async def test_a_part_leads_back_to_its_page(seat: Seat) -> None:
    headers = {"hx-request": "true", "hx-current-url": "http://localhost/cases?whose=me"}
    assert to(await seat.http.get("/cases/c-1", headers=headers)) == "/cases?whose=me"


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/cases/c-1/resolution?whose=me", "/cases/c-1?whose=me"),
        ("/cases/c-1/assignment", "/cases/c-1"),
        ("/messages/m-1", "/messages"),
        ("/touchpoint/begin", "/touchpoint"),
        ("/persons/p-1/emergency-access", "/persons/p-1"),
        ("/account/password", "/account"),
        ("/sign-out", "/"),
    ],
)
async def test_the_address_of_a_form_leads_to_its_page(seat: Seat, form: str, page: str) -> None:
    seat.sits("zhou")
    answer = await seat.http.get(form)
    assert (answer.status_code, answer.headers["location"]) == (303, page)


async def test_a_form_whose_session_is_over_leads_over_the_sign_in_back_to_its_page(seat: Seat) -> None:
    seat.users.put("zhou", PASSWORD)
    answer = await seat.http.post("/cases/c-1/resolution", data=SENT)
    form = {"login": "zhou", "password": PASSWORD, "to": to(answer)}
    answer = await seat.http.post("/sign-in", data=form)
    answer = await seat.http.get(answer.headers["location"])
    assert answer.headers["location"] == "/cases/c-1"


async def test_a_console_that_has_just_begun_sends_nobody_to_the_sign_in(seat: Seat) -> None:
    seat.sits("zhou")
    seat.desk.events.ready.clear()
    assert (await seat.http.get("/touchpoint")).status_code == 503
    seat.desk.events.ready.set()
    assert (await seat.http.get("/touchpoint")).status_code == 200
