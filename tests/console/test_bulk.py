"""Many cases are assigned a few at a time: how far it is is shown, what was refused is named, nothing is done twice."""

import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.console.desks import Seat, member

DONE = {"command_id": "1", "aggregate": "c", "event_ids": ["e"], "position": "p", "status": "accepted"}
TWELVE = [f"c-{number}~{number}" for number in range(12)]


class Complaints:
    """Takes assignments. `refused`: case id → the problem that it answers with; `keys`: what was asked under which."""

    def __init__(self, refused: dict[str, str] | None = None) -> None:
        self.refused, self.keys = refused or {}, list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        case_id = request.url.path.split("/")[-2]
        self.keys.append(request.headers["idempotency-key"])
        if slug := self.refused.get(case_id):
            kind = {"content-type": "application/problem+json"}
            return httpx.Response(409, json={"type": f"/problems/{slug}"}, headers=kind)
        return httpx.Response(200, json=DONE)


def seated(folder: Path, complaints: Complaints) -> Seat:
    seat = Seat(
        folder, [member("zhou", "complaint-officer"), member("wu", "agent-lead")], httpx.MockTransport(complaints)
    )
    seat.sits("zhou")
    return seat


def following(page: str) -> dict[str, list[str]]:
    """The form that the page sends next; empty if it is the last one."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', page):
        fields.setdefault(name, []).append(unescape(value))
    return fields


async def sent(seat: Seat, form: dict[str, list[str]]) -> list[str]:
    """The pages, until one sends nothing further."""
    pages: list[str] = []
    while form:
        answer = await seat.http.post("/cases/assignments", data=form, headers={"hx-request": "true"})
        pages.append(answer.text)
        form = following(answer.text)
    return pages


async def test_all_are_assigned_and_the_page_says_how_far_it_is(tmp_path: Path) -> None:
    complaints = Complaints()
    pages = await sent(seated(tmp_path, complaints), {"case": TWELVE, "assignee": ["wu"]})
    assert [re.findall(r"<progress value=\"(\d+)\" max=\"(\d+)\"", page) for page in pages] == [
        [("5", "12")],
        [("10", "12")],
        [],
    ]
    assert "12 件工单中的 12 件分派给Wu" in pages[-1]
    assert len(set(complaints.keys)) == 12


async def test_what_was_refused_is_named_with_its_reason_to_the_end(tmp_path: Path) -> None:
    complaints = Complaints({"c-0": "case-changed", "c-11": "case-already-resolved"})
    pages = await sent(seated(tmp_path, complaints), {"case": TWELVE, "assignee": ["wu"]})
    assert "12 件工单中的 10 件" in pages[-1]
    assert re.findall(r'href="/cases/(c-\d+)', pages[-1]) == ["c-0", "c-11"]


async def test_a_batch_that_is_sent_again_asks_under_the_same_keys(tmp_path: Path) -> None:
    complaints = Complaints()
    seat = seated(tmp_path, complaints)
    page = (await seat.http.post("/cases/assignments", data={"case": TWELVE, "assignee": "wu"})).text
    form, before = following(page), len(complaints.keys)
    for _ in range(2):
        await seat.http.post("/cases/assignments", data=form)
    assert complaints.keys[before : before + 5] == complaints.keys[before + 5 :]
    assert "<h1" in page


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"assignee": "wu"}, "请先勾选工单"),
        ({"case": ["c-1~1"]}, "请选择处理人"),
        ({"case": ["c-1", "../x~1", "c~-1"], "assignee": "wu"}, "请先勾选工单"),
    ],
)
async def test_what_is_missing_is_said(tmp_path: Path, form: dict[str, list[str]], sentence: str) -> None:
    complaints = Complaints()
    answer = await seated(tmp_path, complaints).http.post("/cases/assignments", data=form)
    assert (answer.status_code, sentence in answer.text, complaints.keys) == (422, True, [])
