"""Dead letters as their pages show them: listed, looked at, repaired, sent again."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from console.problems import Trouble
from console.screens.dead_letters.view import Filter, result
from tests.console.desks import Seat, member
from tests.console.test_export import cells

LETTER = {
    "id": "16d2aad0-0000",
    "reason": "hl7-broken",
    "detail": "PID-3 is required",
    "reader": "his-adapter.mllp",
    "place": "mllp/x-0@0",
    "key": "HIS/CITY",
    "time": "2026-03-09T09:00:00Z",
    "about": "m1",
    "redriven": False,
    "repairable": True,
}


ALL_WELL = "没有死信：所有内容均已正常处理。"
PAGE = {
    "data": [LETTER],
    "next": None,
    "total": 1,
    "left_out": 0,
    "readers": ["his-adapter.mllp"],
    "reasons": ["hl7-broken"],
}


CONTENT = {
    "readable": "MSH|^~\\&|HIS\nPIX|1||<b>张伟",
    "marked": ["no PID"],
    "editable": "MSH|^~\\&|HIS\nPIX|1||<b>张伟",
}


def test_what_became_of_letters_that_were_sent_again() -> None:
    why = Trouble(409, "letter-refused-again", "again")
    done = result(["a", "b"], [object(), why])
    assert (done.sent, done.refused) == (1, {"b": why})


def test_a_filter_stays_on_the_next_page() -> None:
    assert Filter("notify.policies", "", True).page("x") == "reader=notify.policies&redriven=true&cursor=x"
    assert Filter().query == ""


class Gateway:
    """Answers for the API for operators; `sent`: what was sent again. Letters in `refuses` are refused again."""

    def __init__(self, *refuses: str) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.asked: list[str] = []
        self._refuses = refuses

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if request.method == "POST":
            id = path.split("/")[-2]
            self.sent.append((id, request.content))
            if id in self._refuses:
                problem = {"type": "/problems/letter-refused-again", "detail": "not redriven: MSA|AE"}
                return httpx.Response(409, json=problem, headers={"content-type": "application/problem+json"})
            return httpx.Response(200, json={"id": id, "detail": "taken"})
        if path.endswith("/content"):
            return httpx.Response(200, json=CONTENT)
        return httpx.Response(200, json=PAGE if path.endswith("/dead-letters") else LETTER)


def seated(folder: Path, role: str, gateway: Gateway) -> Seat:
    seat = Seat(folder, [member("somebody", role)], httpx.MockTransport(gateway))
    seat.sits("somebody")
    return seat


@pytest.mark.parametrize(("role", "redrives"), [("operations", True), ("interface-engineer", False)])
async def test_the_content_of_a_letter_is_asked_for_by_a_click_and_repaired_by_those_who_may(
    tmp_path: Path, role: str, redrives: bool
) -> None:
    gateway = Gateway()
    seat = seated(tmp_path, role, gateway)
    page = (await seat.http.get("/dead-letters/16d2aad0-0000")).text
    assert "张伟" not in page
    assert not any(path.endswith("/content") for path in gateway.asked), "who looks at it is on record"
    page = (await seat.http.get("/dead-letters/16d2aad0-0000/content")).text
    assert ("&lt;b&gt;张伟" in page, "<b>张伟" in page, "发送修正后的内容" in page) == (True, False, redrives)


async def test_a_repair_that_is_refused_again_says_why_and_keeps_what_was_typed(tmp_path: Path) -> None:
    gateway = Gateway("16d2aad0-0000")
    seat = seated(tmp_path, "operations", gateway)
    answer = await seat.http.post("/dead-letters/16d2aad0-0000/content", data={"content": "MSH|mine"})
    assert (answer.status_code, "MSH|mine</textarea>" in answer.text, "MSA|AE" in answer.text) == (409, True, True)
    answer = await seat.http.post("/dead-letters/16d2aad0-0000/content", data={"content": " "})
    assert (answer.status_code, len(gateway.sent)) == (422, 1)


async def test_chosen_letters_are_sent_again_one_by_one_and_each_result_is_told(tmp_path: Path) -> None:
    gateway = Gateway("bad")
    seat = seated(tmp_path, "operations", gateway)
    answer = await seat.http.post("/dead-letters", data={"ids": ["good", "bad"]})
    assert [id for id, _ in gateway.sent] == ["good", "bad"]
    assert "已重新发送 1 封" in answer.text
    assert "1 封再次被拒收" in answer.text
    answer = await seat.http.post("/dead-letters", content=b"")
    assert (answer.status_code, len(gateway.sent)) == (422, 2)


async def test_only_a_message_of_a_hospital_is_offered_for_repair(tmp_path: Path, monkeypatch: Any) -> None:
    gateway = Gateway()
    seat = seated(tmp_path, "operations", gateway)
    monkeypatch.setitem(LETTER, "repairable", False)
    page = (await seat.http.get("/dead-letters/16d2aad0-0000/content")).text
    assert ('name="content"' in page, "&lt;b&gt;张伟" in page, "原样发送" in page) == (False, True, True)


async def test_a_list_that_is_not_whole_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    seat = seated(tmp_path, "operations", Gateway())
    assert "封未列出" not in (await seat.http.get("/dead-letters")).text
    monkeypatch.setitem(PAGE, "left_out", 3)
    assert "另有 3 封未列出" in (await seat.http.get("/dead-letters")).text
    monkeypatch.setitem(PAGE, "data", [])
    page = (await seat.http.get("/dead-letters")).text
    assert ("另有 3 封未列出" in page, ALL_WELL in page) == (True, False)
    monkeypatch.setitem(PAGE, "left_out", 0)
    assert ALL_WELL in (await seat.http.get("/dead-letters")).text


async def test_the_list_is_taken_along_without_contents(tmp_path: Path) -> None:
    second = {**LETTER, "id": "b2", "redriven": True}
    pages = {"": {**PAGE, "next": "c"}, "c": {**PAGE, "data": [second]}}

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.url.path, request.url.params["reader"]) == ("/ops/v1/dead-letters", "his-adapter.mllp")
        return httpx.Response(200, json=pages[request.url.params.get("cursor", "")])

    seat = Seat(tmp_path, [member("han", "operations", language="en")], httpx.MockTransport(answer))
    seat.sits("han")
    head, *rows = cells((await seat.http.get("/dead-letters.xlsx?reader=his-adapter.mllp")).content)
    assert head == ["Id", "When", "Refused by", "Reason", "Detail", "Place", "Sent again"]
    assert [(row[0], row[4], row[6]) for row in rows] == [
        ("16d2aad0-0000", "PID-3 is required", ""),
        ("b2", "PID-3 is required", "✓"),
    ]


async def test_a_workbook_that_is_not_whole_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    seat = seated(tmp_path, "operations", Gateway())
    whole = cells((await seat.http.get("/dead-letters.xlsx")).content)
    monkeypatch.setitem(PAGE, "left_out", 3)
    short = cells((await seat.http.get("/dead-letters.xlsx")).content)
    assert len(short) == len(whole) + 1


async def test_a_letter_is_asked_for_by_its_id_whether_it_is_listed_or_not(tmp_path: Path) -> None:
    seat = seated(tmp_path, "operations", Gateway())
    assert 'name="id"' in (await seat.http.get("/dead-letters")).text
    answer = await seat.http.get("/dead-letters", params={"id": " a b/c ", "reader": ""}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dead-letters/a%20b%2Fc")
    answer = await seat.http.get("/dead-letters", params={"id": " ", "reader": ""}, follow_redirects=False)
    assert answer.status_code == 200
