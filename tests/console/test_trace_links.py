"""What has an id that a trace finds leads to its trace, for those who may open it and no one else."""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import Request

from console.staff import Person
from tests.console.desks import Seat, member
from tests.console.test_live_parts import answers
from tests.console.test_oversight_views import message

AT = datetime(2026, 3, 9, 9, tzinfo=UTC)
TASK = {
    "task_id": "t-1",
    "person_id": "p-1",
    "enrolment_id": "e-1",
    "step": "day-1",
    "kind": "survey",
    "status": "released",
    "due": AT.isoformat(),
    "changed": AT.isoformat(),
}
CASE = SimpleNamespace(case_id="c-1", severity="high", category="complaint", status="open", assignee="", sla={})
CASE.description = ""
ENTRY = SimpleNamespace(event_id="e-1", time=AT, type="careloop.contacts.touchpoint_recorded.v1", data={})
PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "tasks": ("t-1", {"rows": [defaultdict(lambda: None, {**TASK, "due": AT})]}),
    "messages": ("m", {"rows": [message(status="sent")]}),
    "cases": ("c-1", {"rows": [CASE]}),
    "timeline": (
        "e-1",
        {
            "timeline": SimpleNamespace(entries=[ENTRY], kinds=[], kind="", earlier=None),
            "live": SimpleNamespace(timeline=""),
            "view": SimpleNamespace(person_id="p-1"),
            "clocks": SimpleNamespace(as_of="", known_at=""),
        },
    ),
}
MAY = pytest.mark.parametrize("may", [True, False])


def seated(folder: Path, may: bool, role: str) -> Seat:
    """At a console with one case, message and task: somebody who may open traces, or not."""

    def answer(request: httpx.Request) -> httpx.Response:
        meta = {"as_of": AT.isoformat(), "position": "", "lag": 0, "lag_as_of": None, "next": None}
        rows = {"/followup/v1/tasks": [TASK], "/notify/v1/messages": [message(status="sent").model_dump(mode="json")]}
        if request.url.path in rows:
            return httpx.Response(200, json={"data": rows[request.url.path], **meta})
        return answers(request)

    roles = (role, "operations") if may else (role,)
    seat = Seat(folder, [member("somebody", *roles)], httpx.MockTransport(answer))
    seat.desk.live.ready.set()
    seat.sits("somebody")
    return seat


@MAY
@pytest.mark.parametrize(
    ("page", "role", "id"),
    [("/cases/c-1", "agent", "c-1"), ("/follow-up", "nurse", "t-1"), ("/messages?status=sent", "agent", "m")],
)
async def test_a_page_leads_to_the_trace(tmp_path: Path, may: bool, page: str, role: str, id: str) -> None:
    answer = await seated(tmp_path, may, role).http.get(page)
    assert (answer.status_code, f'href="/trace?id={id}"' in answer.text) == (200, may)


@MAY
@pytest.mark.parametrize("part", PARTS)
def test_a_row_of_a_record_leads_to_its_trace(tmp_path: Path, may: bool, part: str) -> None:
    seat = seated(tmp_path, may, "agent")
    [staff] = seat.desk.staff.snapshot.current(type(member("x")))
    id, model = PARTS[part]
    request = Request({"type": "http", "path": "/persons/p-1", "headers": [], "query_string": b"", "method": "GET"})
    text = bytes(seat.desk.show(request, Person(staff, "zh"), f"person/parts/{part}.html", **model).body).decode()
    assert (f'href="/trace?id={id}"' in text) == may
