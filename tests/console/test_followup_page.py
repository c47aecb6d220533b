"""The follow-up list asks for the statuses of its tab, and an empty page that is not the last leads on."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.desks import Seat, member

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
