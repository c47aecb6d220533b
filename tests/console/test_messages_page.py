"""The page of messages, with a gateway that answers as told."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.console.desks import Seat, member
from tests.console.test_oversight_views import message

UNKNOWN = message(status="unknown", reason="sender-lost")
DEFERRED = message(message_id="n", status="deferred", until="2026-03-09T20:00:00Z", reason="quiet-hours")
PAGE = {"as_of": "2026-03-09T20:00:00Z", "position": "x", "lag": 0, "lag_as_of": None, "next": None}
Answer = Callable[[httpx.Request], httpx.Response]


def listing(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/contacts/v1/desk/views":
        return httpx.Response(200, json={**PAGE, "data": []})
    rows = [UNKNOWN] if request.url.params.get("status") == "unknown" else [DEFERRED, UNKNOWN]
    return httpx.Response(200, json={**PAGE, "data": [each.model_dump(mode="json") for each in rows]})


def refusing(request: httpx.Request) -> httpx.Response:
    if request.method == "GET":
        return listing(request)
    assert json.loads(request.content) == {"attempt": 1, "arrived": False}
    problem, kind = {"type": "/problems/message-settled"}, {"content-type": "application/problem+json"}
    return httpx.Response(409, json=problem, headers=kind)


def seated(folder: Path, role: str, answer: Answer) -> Seat:
    seat = Seat(folder, [member("somebody", role)], httpx.MockTransport(answer))
    seat.sits("somebody")
    return seat


@pytest.mark.parametrize(("role", "settles"), [("nurse", True), ("manager", False)])
async def test_what_nobody_knows_of_stands_first_and_is_settled_by_those_who_may(
    tmp_path: Path, role: str, settles: bool
) -> None:
    page = (await seated(tmp_path, role, listing).http.get("/messages")).text
    assert page.index("是否送达不明：发送程序中断") < page.index("稍后发送：免打扰时段")
    assert page.count("发送程序中断") == 1
    assert ("重新发送" in page) == settles


async def test_a_message_that_somebody_else_settled_says_so(tmp_path: Path) -> None:
    seat = seated(tmp_path, "nurse", refusing)
    answer = await seat.http.post("/messages/m", data={"answer": "lost", "attempts": "1"})
    assert answer.status_code == 409
    assert "已由他人确认" in answer.text
