"""Views that somebody saves: what may stand in one, and what is shown of them above a filter."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from console.saved_views import kept
from console.screens import SCREENS
from console.screens.cases import SCREEN as CASES
from tests.console.desks import Seat, member
from tests.console.test_messages_page import PAGE

STAFF = [member("liu", "nurse", department="CARD"), member("he", "administrator")]
VIEW = {"view_id": "v", "screen": "messages", "title": "未知的", "query": "status=unknown"}


class Contacts:
    """Contacts that keeps one view; `asked` has what was changed."""

    def __init__(self, problem: str = "") -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.problem = problem

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={**PAGE, "data": [VIEW] if "/views" in request.url.path else []})
        self.asked.append((request.method, request.url.path, orjson.loads(request.content or b"{}")))
        if self.problem:
            kind = {"content-type": "application/problem+json"}
            return httpx.Response(409, json={"type": f"/problems/{self.problem}"}, headers=kind)
        done = {"command_id": "c", "status": "accepted", "aggregate": "liu", "event_ids": ["e"], "position": "p"}
        return httpx.Response(201, json=done)


def seated(folder: Path, contacts: Contacts, who: str = "liu") -> Seat:
    seat = Seat(folder, STAFF, httpx.MockTransport(contacts.answer))
    seat.sits(who)
    return seat


def test_choices_from_lists_are_kept_and_where_one_was_in_the_list_is_not() -> None:
    query = "status=open&status=assigned&department=CARD&cursor=abc&seen=x"
    assert kept(CASES, query, ["CARD"]) == "status=open&status=assigned&department=CARD"
    assert kept(CASES, "", []) == ""


@pytest.mark.parametrize(
    "query", ["department=张三", "department=13800001111", "status=13800001111", "text=abc", "whose=Li Ming"]
)
def test_what_somebody_typed_is_never_kept(query: str) -> None:
    assert kept(CASES, query, ["CARD"]) is None


WORDS = some.text(max_size=20)


@given(some.lists(some.tuples(some.sampled_from([*CASES.filters, "cursor", "text"]) | WORDS, WORDS)))
def test_whatever_an_address_holds_only_words_of_ours_and_departments_are_kept(pairs: list[tuple[str, str]]) -> None:
    saved = kept(CASES, urlencode(pairs), ["CARD", "心内科"])
    for name, value in parse_qsl(saved or ""):
        assert name in CASES.filters
        assert value in ("CARD", "心内科") or value.replace("-", "").isascii()
        assert not any(sign.isdigit() for sign in value)


def test_every_screen_with_a_filter_has_its_views_above_it() -> None:
    folder = Path(__file__).parents[2] / "console" / "screens"
    pages = {name for screen in SCREENS for name in [screen.name] if "saved_views(views" in _pages(folder / name)}
    assert pages == {screen.name for screen in SCREENS if screen.filters}


def _pages(folder: Path) -> str:
    return "".join(page.read_text() for page in folder.rglob("*.html"))


async def test_the_views_of_a_screen_stand_above_its_filter_and_the_open_one_is_marked(tmp_path: Path) -> None:
    seat = seated(tmp_path, Contacts())
    page = (await seat.http.get("/messages?status=unknown")).text
    assert '<a href="/messages?status=unknown" aria-current="page">未知的</a>' in page
    page = (await seat.http.get("/messages")).text
    assert '<a href="/messages?status=unknown" >未知的</a>' in page


async def test_a_view_is_saved_and_leads_back_to_what_it_shows(tmp_path: Path) -> None:
    contacts = Contacts()
    form = {"screen": "messages", "title": " 未送达 ", "query": "status=failed"}
    answer = await seated(tmp_path, contacts).http.post("/views", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/messages?status=failed")
    assert contacts.asked == [
        ("POST", "/contacts/v1/desk/views", {"screen": "messages", "title": "未送达", "query": "status=failed"})
    ]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"title": "13800001111"}, "6 位以上连续数字"),
        ({"title": "  "}, "1 至 60 个字"),
        ({"query": "text=张三"}, "不能保存输入的文字"),
    ],
)
async def test_a_view_that_cannot_be_saved_says_why_and_keeps_what_was_typed(
    tmp_path: Path, form: dict[str, str], text: str
) -> None:
    contacts = Contacts()
    whole = {"screen": "messages", "title": "我的", "query": "status=failed", **form}
    answer = await seated(tmp_path, contacts).http.post("/views", data=whole)
    assert (answer.status_code, text in answer.text, contacts.asked) == (422, True, [])
    assert f'value="{whole["title"]}"' in answer.text


async def test_one_view_too_many_is_refused_with_what_to_do(tmp_path: Path) -> None:
    form = {"screen": "messages", "title": "我的", "query": "status=failed"}
    answer = await seated(tmp_path, Contacts("too-many-views")).http.post("/views", data=form)
    assert (answer.status_code, "请先删除不再使用的视图" in answer.text) == (409, True)


@pytest.mark.parametrize("problem", ["", "view-unknown"])
async def test_a_view_is_removed_even_if_another_tab_was_faster(tmp_path: Path, problem: str) -> None:
    contacts = Contacts(problem)
    form = {"screen": "messages", "query": "status=failed"}
    answer = await seated(tmp_path, contacts).http.post("/views/v/remove", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/messages?status=failed")
    assert [each[:2] for each in contacts.asked] == [("DELETE", "/contacts/v1/desk/views/v")]


@pytest.mark.parametrize(("who", "screen"), [("he", "messages"), ("liu", "users"), ("liu", "find"), ("liu", "nothing")])
async def test_nobody_saves_a_view_of_a_screen_that_is_not_theirs_or_has_no_filter(
    tmp_path: Path, who: str, screen: str
) -> None:
    contacts = Contacts()
    answer = await seated(tmp_path, contacts, who).http.post("/views", data={"screen": screen, "title": "x"})
    assert (answer.status_code, contacts.asked) == (403, [])
