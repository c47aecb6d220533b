"""The palette shows where its reader may go, and looks at nobody who is not asked for by a whole number."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.desks import Seat, member

SHELL = {"as_of": "2026-03-09T20:00:00Z", "position": "x", "lag": 0, "lag_as_of": None}
CASE = "0f8fad5b-d9cb-469f-a165-70867728950e"
NURSE, MANAGER = member("liu", "nurse"), member("wu", "manager")


class Hospital:
    """Answers searches: everybody has the number 13800001111. `asked`: what was searched for."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append(body)
        matches = [{"person_id": "p-1", "identity": {"name": "王秀英"}}] if body["value"] == "13800001111" else []
        return httpx.Response(200, json={**SHELL, "data": matches})


async def typed(
    folder: Path, text: str, login: str = "liu", hospital: Hospital | None = None, people: str = "yes"
) -> str:
    seat = Seat(folder, [NURSE, MANAGER], httpx.MockTransport(hospital or Hospital()))
    seat.sits(login)
    answer = await seat.http.post("/palette", data={"q": text, "people": people})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("text", ["消息", "mess", "MESS"])
async def test_a_screen_is_found_by_its_name_in_each_language(tmp_path: Path, text: str) -> None:
    page = await typed(tmp_path, text)
    assert 'href="/messages"' in page
    assert 'href="/find"' not in page


async def test_nothing_typed_is_every_screen_of_the_reader(tmp_path: Path) -> None:
    page = await typed(tmp_path, "", "wu")
    assert 'href="/messages"' in page
    assert 'href="/find"' not in page


async def test_somebody_is_found_by_a_number_of_theirs_once(tmp_path: Path) -> None:
    hospital = Hospital()
    page = await typed(tmp_path, "13800001111", hospital=hospital)
    assert page.count('href="/persons/p-1"') == 1
    assert {each["system"] for each in hospital.asked} == {"phone", "MRN:"}


async def test_nobody_is_looked_for_while_a_number_is_being_typed(tmp_path: Path) -> None:
    hospital = Hospital()
    page = await typed(tmp_path, "13800001111", hospital=hospital, people="")
    assert hospital.asked == []
    assert "按回车键查找" in page


@pytest.mark.parametrize("text", ["王秀英", "138", "messages", "a-b", "随访 3"])
async def test_nobody_is_looked_for_by_what_is_no_number(tmp_path: Path, text: str) -> None:
    hospital = Hospital()
    await typed(tmp_path, text, hospital=hospital)
    assert hospital.asked == []


async def test_who_may_not_search_searches_nobody(tmp_path: Path) -> None:
    hospital = Hospital()
    page = await typed(tmp_path, "13800001111", "wu", hospital)
    assert hospital.asked == []
    assert "没有这个名称的界面" in page


async def test_a_case_is_opened_by_its_id(tmp_path: Path) -> None:
    assert f'href="/cases/{CASE}"' in await typed(tmp_path, CASE.upper())
    assert CASE not in await typed(tmp_path, CASE, "wu")


async def test_that_the_services_are_away_is_said(tmp_path: Path) -> None:
    seat = Seat(tmp_path, [NURSE])
    seat.sits("liu")
    answer = await seat.http.post("/palette", data={"q": "13800001111", "people": "yes"})
    assert (answer.status_code, "服务暂时不可用" in answer.text) == (200, True)
