"""What holds for staff everywhere holds here: ended sessions, whatever a cookie says, and locks of their logins."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt
import orjson
import pytest

from console.session import Session
from shared.clock import real_time
from shared.contracts.contacts_desks import SessionsEnded, StaffLocked, StaffUnlocked
from tests.console.desks import PASSWORD, Seat, member
from tests.support.eventually import eventually

STAFF = [member("liu", "nurse", login="liu.na"), member("wang", "agent")]
RIGHT = {"login": "liu.na", "password": PASSWORD}
WRONG = {"login": "liu.na", "password": "wrong"}


def ended(staff_id: str, before: float) -> bytes:
    at = datetime.fromtimestamp(before, UTC).isoformat()
    return orjson.dumps({"type": SessionsEnded.wire, "data": {"staff_id": staff_id, "begun_before": at}})


def locked(staff_id: str, until: datetime) -> bytes:
    data = {"staff_id": staff_id, "since": until.isoformat(), "until": until.isoformat(), "tries": 5}
    return orjson.dumps({"type": StaffLocked.wire, "data": data})


def unlocked(staff_id: str) -> bytes:
    data = {"staff_id": staff_id, "unlocked": real_time().isoformat(), "unlocked_by": "han"}
    return orjson.dumps({"type": StaffUnlocked.wire, "data": data})


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    seat = Seat(tmp_path, STAFF)
    seat.sits("liu")
    return seat


async def test_sessions_that_began_before_are_over_and_later_ones_and_those_of_others_are_not(seat: Seat) -> None:
    seat.desk.events.take(ended("wang", time.time() + 1))
    assert (await seat.http.get("/find")).status_code == 200
    seat.desk.events.take(ended("liu", time.time()))
    assert (await seat.http.get("/find")).status_code == 303
    seat.sits("liu")
    assert (await seat.http.get("/find")).status_code == 200


async def test_nobody_is_signed_in_before_it_is_known_who_is_out(seat: Seat) -> None:
    seat.desk.events.ready.clear()
    assert (await seat.http.get("/find")).status_code == 503
    assert (await seat.http.get("/internal/status")).json()["ready"] is False
    assert (await seat.http.get("/health/ready")).status_code == 503
    assert (await seat.http.get("/health/live")).json() == {"status": "live"}
    seat.users.put("liu.na", PASSWORD)
    assert (await seat.http.post("/sign-in", data=RIGHT)).status_code == 503


@pytest.mark.parametrize("value", [None, b"", b"[]", b"{}", orjson.dumps({"type": SessionsEnded.wire, "data": {}})])
def test_what_is_no_such_event_is_passed_over(seat: Seat, value: bytes | None) -> None:
    seat.desk.events.take(value)
    assert not seat.desk.events.over(Session.new("liu"))
    assert not seat.desk.events.locked("liu")


async def test_who_cannot_be_signed_out_everywhere_reads_why_and_is_still_in(seat: Seat) -> None:
    answer = await seat.http.post("/sign-out/everywhere")
    assert (answer.status_code, "服务暂时不可用" in answer.text) == (503, True)
    assert (await seat.http.get("/find")).status_code == 200


async def test_who_was_locked_by_another_process_is_locked_here_until_then(seat: Seat) -> None:
    seat.users.put("liu.na", PASSWORD)
    seat.desk.events.take(locked("liu", real_time() + timedelta(minutes=1)))
    assert (await seat.http.post("/sign-in", data=RIGHT)).status_code == 429
    seat.desk.events.take(locked("liu", real_time() - timedelta(seconds=1)))
    assert (await seat.http.post("/sign-in", data=RIGHT)).status_code == 303


async def test_who_is_signed_in_works_on_while_somebody_guesses_their_password(seat: Seat) -> None:
    seat.desk.events.take(locked("liu", real_time() + timedelta(minutes=1)))
    assert (await seat.http.get("/find")).status_code == 200


async def test_a_lifted_lock_lets_in_at_once_and_five_more_wrong_passwords_lock_again(seat: Seat) -> None:
    seat.users.put("liu.na", PASSWORD)
    for _ in range(5):
        await seat.http.post("/sign-in", data=WRONG)
    seat.desk.events.take(locked("liu", real_time() + timedelta(minutes=15)))
    assert (await seat.http.post("/sign-in", data=RIGHT)).status_code == 429
    seat.desk.events.take(unlocked("liu"))
    for _ in range(5):
        assert (await seat.http.post("/sign-in", data=WRONG)).status_code == 403
    assert (await seat.http.post("/sign-in", data=RIGHT)).status_code == 429


class Contacts:
    """What was asked of contacts, which is `away` or does it."""

    def __init__(self, away: bool = False) -> None:
        self.asked: list[httpx.Request] = []
        self.away = away

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        done = {"command_id": "c", "status": "accepted", "aggregate": "liu", "event_ids": ["e"], "position": "p"}
        return httpx.Response(503, json={"type": "/problems/log-away"}) if self.away else httpx.Response(200, json=done)


async def wrong(seat: Seat, login: str, times: int) -> None:
    for _ in range(times):
        await seat.http.post("/sign-in", data={"login": login, "password": "wrong"})


async def test_contacts_is_told_by_the_console_itself_with_a_right_for_nothing_else(tmp_path: Path) -> None:
    contacts = Contacts()
    seat = Seat(tmp_path, STAFF, httpx.MockTransport(contacts.answer))
    await wrong(seat, "liu.na", 4)
    assert contacts.asked == []
    await wrong(seat, "liu.na", 1)
    await eventually(lambda: len(contacts.asked) == 1)
    [request] = contacts.asked
    assert (request.url.path, orjson.loads(request.content)) == (
        "/contacts/v1/staff/liu/lock",
        {"minutes": 15, "tries": 5},
    )
    claims = jwt.decode(request.headers["authorization"].split()[1], options={"verify_signature": False})
    assert (claims["sub"], claims["scope"], "roles" in claims) == ("console", "contacts:lockouts", False)


async def test_a_login_that_nobody_has_is_locked_here_and_told_to_nobody(tmp_path: Path) -> None:
    contacts = Contacts()
    seat = Seat(tmp_path, STAFF, httpx.MockTransport(contacts.answer))
    await wrong(seat, "guessed", 5)
    assert (await seat.http.post("/sign-in", data={"login": "guessed", "password": "x"})).status_code == 429
    await wrong(seat, "liu.na", 5)
    await eventually(lambda: len(contacts.asked) == 1)
    assert [request.url.path for request in contacts.asked] == ["/contacts/v1/staff/liu/lock"]


async def test_while_contacts_is_away_the_lock_holds_here_and_the_next_try_tells_it(tmp_path: Path) -> None:
    contacts = Contacts(away=True)
    seat = Seat(tmp_path, STAFF, httpx.MockTransport(contacts.answer))
    await wrong(seat, "liu.na", 5)
    await eventually(lambda: len(contacts.asked) == 1)

    async def told_again() -> bool:
        assert (await seat.http.post("/sign-in", data=RIGHT)).status_code == 429
        return len(contacts.asked) > 1

    await eventually(told_again)
