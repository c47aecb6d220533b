"""Users and roles, as administrators and managers see them, with a gateway that answers as told."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from careloop_client.contacts.models import StaffDesk
from shared.clock import real_time
from tests.console.desks import PASSWORD, Seat, member
from tests.console.test_messages_page import PAGE
from tests.console.test_staff_events import locked

STAFF = [
    member("he", "administrator"),
    member("tang", "manager"),
    member("liu", "nurse", login="liu.na", department="CARD"),
    member("wang", "agent"),
]


class Contacts:
    """Contacts with one desk; `asked` has what was posted."""

    def __init__(self, **desk: Any) -> None:
        self.desk = dict.fromkeys(StaffDesk.model_fields) | {"staff_id": "liu"} | desk
        self.asked: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.asked.append(request.url.path)
            done = {"command_id": "c", "status": "accepted", "aggregate": "liu", "event_ids": ["e"], "position": "p"}
            return httpx.Response(200, json=done)
        data = [] if request.url.path.endswith("/views") else self.desk
        shown = {name: value for name, value in PAGE.items() if name != "next" or data == []}
        return httpx.Response(200, json={**shown, "data": data})


def seated(folder: Path, who: str, contacts: Contacts | None = None) -> Seat:
    seat = Seat(folder, STAFF, httpx.MockTransport((contacts or Contacts()).answer))
    seat.users.put("liu.na", PASSWORD)
    seat.sits(who)
    return seat


@pytest.mark.parametrize(("who", "sees"), [("he", True), ("tang", False)])
async def test_administrators_see_who_is_locked_and_managers_only_who_may_what(
    tmp_path: Path, who: str, sees: bool
) -> None:
    seat = seated(tmp_path, who)
    seat.desk.events.take(locked("liu", real_time() + timedelta(minutes=15)))
    page = (await seat.http.get("/users")).text
    assert page.index(">Liu<") < page.index(">Wang<")
    assert ("已锁定</span>" in page, "仅看已锁定" in page) == (sees, sees)
    only = (await seat.http.get("/users?locked=yes")).text
    assert (">Liu<" in only, ">Wang<" in only) == (True, False) if sees else True
    one = (await seat.http.get("/users/liu")).text
    assert "查找患者，查看有权查看的档案" in one
    assert ("全部退出登录" in one) == sees


async def test_what_is_filtered_by_stands_in_the_address_and_in_the_form(tmp_path: Path) -> None:
    page = (await seated(tmp_path, "he").http.get("/users?role=nurse&department=CARD&text=LIU")).text
    assert (">Liu<" in page, ">Wang<" in page) == (True, False)
    assert 'value="LIU"' in page
    assert "没有符合条件的用户" in (await seated(tmp_path, "he").http.get("/users?role=doctor")).text


async def test_an_administrator_lifts_a_lock_and_reads_that_it_is_done(tmp_path: Path) -> None:
    now = real_time()
    contacts = Contacts(locked_since=now.isoformat(), locked_until=(now + timedelta(minutes=15)).isoformat(), tries=5)
    seat = seated(tmp_path, "he", contacts)
    page = (await seat.http.get("/users/liu")).text
    assert "密码错误 5 次" in page
    answer = await seat.http.post("/users/liu/unlock")
    assert (answer.status_code, answer.headers["location"]) == (303, "/users/liu?done=unlocked&seen=p")
    contacts.desk |= {"unlocked": now.isoformat(), "unlocked_by": "he"}
    page = (await seat.http.get("/users/liu?done=unlocked")).text
    assert "已解除锁定" in page
    assert "· He" in page
    assert 'action="/users/liu/unlock"' not in page


async def test_an_administrator_ends_the_sessions_of_somebody(tmp_path: Path) -> None:
    contacts = Contacts()
    seat = seated(tmp_path, "he", contacts)
    answer = await seat.http.post("/users/liu/sessions")
    assert (answer.status_code, contacts.asked) == (303, ["/contacts/v1/staff/liu/sessions/end"])


async def test_who_has_a_password_here_is_led_to_where_it_is_reset(tmp_path: Path) -> None:
    seat = seated(tmp_path, "he")
    assert "careloop users add liu.na" in (await seat.http.get("/users/liu")).text
    assert "没有本系统密码" in (await seat.http.get("/users/wang")).text


async def test_a_user_that_there_is_not_is_a_sentence(tmp_path: Path) -> None:
    answer = await seated(tmp_path, "he").http.get("/users/nobody")
    assert (answer.status_code, "没有该用户" in answer.text) == (404, True)


async def test_while_contacts_is_away_the_definitions_are_shown_all_the_same(tmp_path: Path) -> None:
    seat = Seat(tmp_path, STAFF)
    seat.sits("he")
    page = await seat.http.get("/users")
    assert (page.status_code, ">Liu<" in page.text, "暂时无法显示已保存的视图" in page.text) == (200, True, True)
    one = await seat.http.get("/users/liu")
    assert (one.status_code, "随访护士" in one.text, "服务暂时不可用" in one.text) == (200, True, True)
    failed = await seat.http.post("/users/liu/unlock")
    assert (failed.status_code, "服务暂时不可用" in failed.text) == (503, True)
