"""A session that was ended everywhere is none any more, whatever its cookie says."""

import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from console.session import Session
from shared.contracts.contacts_desks import SessionsEnded
from tests.console.desks import Seat, member

STAFF = [member("liu", "nurse"), member("wang", "agent")]


def ended(staff_id: str, before: float) -> bytes:
    at = datetime.fromtimestamp(before, UTC).isoformat()
    return orjson.dumps({"type": SessionsEnded.wire, "data": {"staff_id": staff_id, "begun_before": at}})


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    seat = Seat(tmp_path, STAFF)
    seat.sits("liu")
    return seat


async def test_sessions_that_began_before_are_over_and_later_ones_and_those_of_others_are_not(seat: Seat) -> None:
    seat.desk.ended.take(ended("wang", time.time() + 1))
    assert (await seat.http.get("/find")).status_code == 200
    seat.desk.ended.take(ended("liu", time.time()))
    assert (await seat.http.get("/find")).status_code == 303
    seat.sits("liu")
    assert (await seat.http.get("/find")).status_code == 200


async def test_nobody_is_signed_in_before_it_is_known_who_is_out(seat: Seat) -> None:
    seat.desk.ended.ready.clear()
    assert (await seat.http.get("/find")).status_code == 503
    assert (await seat.http.get("/internal/status")).json()["ready"] is False


@pytest.mark.parametrize("value", [None, b"", b"[]", b"{}", orjson.dumps({"type": SessionsEnded.wire, "data": {}})])
def test_what_is_no_such_event_is_passed_over(seat: Seat, value: bytes | None) -> None:
    seat.desk.ended.take(value)
    assert not seat.desk.ended.over(Session.new("liu"))


async def test_who_cannot_be_signed_out_everywhere_reads_why_and_is_still_in(seat: Seat) -> None:
    answer = await seat.http.post("/sign-out/everywhere")
    assert (answer.status_code, "服务暂时不可用" in answer.text) == (503, True)
    assert (await seat.http.get("/find")).status_code == 200
