"""The follow-up list asks for the statuses of its tab, leads on from an empty page, and says whose names it lacks."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.desks import Seat, member
from tests.console.test_export import cells

META = {"as_of": "2026-03-09T08:00:00Z", "position": "p", "lag": 0, "lag_as_of": None}
COUNTS = {"waiting": 0, "released": 0, "answered": 3, "cancelled": 0, "at_most": 1000, "cut": ["answered"]}


@pytest.mark.parametrize(("next", "leads_on"), [("c2", True), (None, False)])
async def test_an_empty_page_leads_on_if_there_is_another(tmp_path: Path, next: str | None, leads_on: bool) -> None:
    asked: dict[str, httpx.QueryParams] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        asked[request.url.path.rpartition("/")[2]] = request.url.params
        body: dict[str, Any] = {"data": COUNTS} if request.url.path.endswith("counts") else {"data": [], "next": next}
        return httpx.Response(200, json={**body, **META})

    seat = Seat(tmp_path, [member("li", "nurse")], httpx.MockTransport(answer))
    seat.sits("li")
    page = (await seat.http.get("/follow-up?tab=alarms")).text
    assert asked["task-counts"]["status"] == "answered"
    assert "3+" in page
    assert ("本页没有您可查看的患者" in page, "此处没有您可查看的患者" in page) == (leads_on, not leads_on)


TASK = {
    "task_id": "t-1",
    "person_id": "0123456789",
    "enrolment_id": "e",
    "step": "ask",
    "kind": "survey",
    "status": "waiting",
    "due": "2026-03-09T08:00:00Z",
    "changed": "2026-03-09T08:00:00Z",
}
WANG = {"person_id": "0123456789", "name": "王秀英"}
ACCESS = {
    "access_id": "a",
    "at": "2026-03-09T08:00:00Z",
    "reader": "li",
    "reader_type": "user",
    "service": "contacts",
    "route": "GET /v1/persons/{person_id}/360",
    "purpose": "TREAT",
    "result": "shown",
    "persons": ["0123456789"],
    "more": 0,
    "resources": [],
}
UNREAD = "暂时无法读取患者姓名"


@pytest.fixture(params=[True, False], ids=["names", "names-away"])
def named(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def seat(tmp_path: Path, named: bool) -> Seat:
    def answer(request: httpx.Request) -> httpx.Response:
        what = request.url.path.rpartition("/")[2]
        if what == "names" and not named:
            return httpx.Response(503, json={"type": "/problems/service-unavailable", "status": 503})
        data = {"names": [WANG], "task-counts": COUNTS, "tasks": [TASK], "accesses": [ACCESS]}[what]
        return httpx.Response(200, json={"data": data, "next": None, **META})

    seat = Seat(tmp_path, [member("li", "nurse"), member("qian", "privacy-officer")], httpx.MockTransport(answer))
    seat.sits("li")
    return seat


async def test_a_list_whose_names_could_not_be_read_says_so_and_claims_of_nobody_that_they_have_none(
    seat: Seat, named: bool
) -> None:
    page = (await seat.http.get("/follow-up")).text
    assert (UNREAD in page, ">01234567</a>" in page, "王秀英" in page) == (not named, not named, named)
    assert "（无姓名）" not in page


async def test_a_table_whose_names_could_not_be_read_says_so_in_its_last_line(seat: Seat, named: bool) -> None:
    table = cells((await seat.http.get("/follow-up.xlsx")).content)
    assert [any("王秀英" in row for row in table), UNREAD in str(table[-1][0])] == [named, not named]
    assert len(table) == (2 if named else 3)


async def test_the_access_log_says_so_if_names_were_asked_for(seat: Seat, named: bool) -> None:
    seat.sits("qian")
    assert UNREAD not in (await seat.http.get("/access-log")).text
    assert (UNREAD in (await seat.http.get("/access-log?names=true")).text) == (not named)
