"""A table that somebody takes along: what it holds, what it must not do, and what happens when a service is away."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from python_calamine import CalamineWorkbook

from console.export import LONGEST, MOST_PAGES, MOST_ROWS, Column, Sheet, every, missing
from console.texts import Language
from tests.console.desks import Seat, member
from tests.console.test_oversight_views import message

PAGE = {"as_of": "2026-03-09T20:00:00Z", "position": "x", "lag": 0, "lag_as_of": None}
ZONE, NOW = ZoneInfo("Asia/Shanghai"), datetime(2026, 3, 9, 12, tzinfo=UTC)
FORMULA = '=HYPERLINK("http://evil.example")'


def cells(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def of_pages(pages: dict[str, tuple[list[dict[str, Any]], str | None]]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        rows, following = pages[request.url.params.get("cursor", "")]
        return httpx.Response(200, json={**PAGE, "data": rows, "next": following})

    return httpx.MockTransport(answer)


async def test_all_pages_are_in_it_with_times_of_the_hospital_and_names_of_the_reader(tmp_path: Path) -> None:
    rows = [message(message_id=f"m{n}", status="sent").model_dump(mode="json") for n in range(3)]
    seat = Seat(
        tmp_path, [member("wu", "manager", language="zh")], of_pages({"": (rows[:2], "c"), "c": (rows[2:], None)})
    )
    seat.sits("wu")
    answer = await seat.http.get("/messages.xlsx")
    assert answer.headers["content-disposition"].startswith('attachment; filename="messages-')
    head, *body = cells(answer.content)
    assert [row[head.index("消息编号")] for row in body] == ["m0", "m1", "m2"]
    changed = message().changed.astimezone(ZONE).replace(tzinfo=None, second=0, microsecond=0)
    assert body[0][head.index("时间")].replace(second=0, microsecond=0) == changed


async def test_a_service_that_goes_away_makes_no_short_table(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("cursor"):
            return httpx.Response(503, json={"type": "/problems/service-unavailable"})
        return httpx.Response(200, json={**PAGE, "data": [message().model_dump(mode="json")], "next": "c"})

    seat = Seat(tmp_path, [member("wu", "manager")], httpx.MockTransport(answer))
    seat.sits("wu")
    answer_ = await seat.http.get("/messages.xlsx")
    assert (answer_.status_code, answer_.headers["content-type"]) == (503, "text/html; charset=utf-8")


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("registrar", 403)])
async def test_who_may_not_open_the_screen_may_not_take_it_along(tmp_path: Path, role: str, status: int) -> None:
    seat = Seat(tmp_path, [member("wu", role)], of_pages({"": ([], None)}))
    seat.sits("wu")
    assert (await seat.http.get("/messages.xlsx")).status_code == status


SHEET: Sheet[str] = Sheet("messages", (Column("Text", lambda row, name: row),))


@pytest.mark.parametrize(
    "text",
    [FORMULA, "http://evil.example", "{=1+1}", "@SUM(1)", "+1", "-1", "1e5", "0012", "字" * 40_000],
    ids=lambda text: text[:9],
)
async def test_a_text_stays_a_text(text: str) -> None:
    content = (await SHEET.workbook([text], [], "en", ZONE, NOW)).body
    assert cells(bytes(content))[1:] == [[text[:LONGEST]]]
    assert b"<f>" not in content


@pytest.mark.parametrize(("language", "words"), [("en", "There are more rows"), ("zh", "还有更多行")])
async def test_a_table_that_is_not_whole_says_so(language: Language, words: str) -> None:
    content = bytes((await SHEET.workbook(["a"], missing(False), language, ZONE, NOW)).body)
    assert str(cells(content)[-1][0]).startswith(words)


@pytest.mark.parametrize(("a_page", "rows"), [(300, MOST_ROWS), (2, 2 * MOST_PAGES), (0, 0)])
async def test_it_ends_somewhere(a_page: int, rows: int) -> None:
    class Endless:
        data, next = ["row"] * a_page, "c"

    async def ask(cursor: str | None, limit: int) -> Endless:
        return Endless()

    assert [len(part) if isinstance(part, list) else part for part in await every(ask)] == [rows, False]


async def test_times_without_a_row_are_empty() -> None:
    sheet: Sheet[datetime | None] = Sheet(
        "messages", (Column("When", lambda row, name: row), Column("Text", lambda row, name: "x"))
    )
    content = bytes((await sheet.workbook([None, datetime(2026, 3, 9, 12, tzinfo=UTC)], [], "en", ZONE, NOW)).body)
    assert cells(content)[1:] == [["", "x"], [datetime(2026, 3, 9, 20), "x"]]
