"""Who is signed in stands in a cookie that nobody else can make, and that is over in time."""

import base64
import time
from dataclasses import replace

import pytest

from console.session import Session, Sessions
from console.settings import Console
from tests.console.desks import KEY

SETTINGS = Console(session_key=KEY, idle_minutes=60, session_hours=12)
HOUR = 3600.0


def test_a_session_comes_back_from_its_cookie() -> None:
    sessions, session = Sessions(SETTINGS), Session.new("liu")
    assert sessions.opened(sessions.sealed(session)) == session


@pytest.mark.parametrize("cookie", ["", "x", "%%", base64.urlsafe_b64encode(b"x" * 60).decode(), "é"])
def test_what_is_no_cookie_of_ours_is_no_session(cookie: str) -> None:
    assert Sessions(SETTINGS).opened(cookie) is None


def test_an_altered_cookie_is_no_session() -> None:
    sealed = Sessions(SETTINGS).sealed(Session.new("liu"))
    clear = bytearray(base64.urlsafe_b64decode(sealed))
    for at in range(len(clear)):
        altered = bytes([*clear[:at], clear[at] ^ 1, *clear[at + 1 :]])
        assert Sessions(SETTINGS).opened(base64.urlsafe_b64encode(altered).decode()) is None


def test_a_cookie_of_another_key_is_no_session() -> None:
    other = Sessions(Console(session_key="22" * 32))
    assert other.opened(Sessions(SETTINGS).sealed(Session.new("liu"))) is None


@pytest.mark.parametrize(
    ("seen", "begun", "open"),
    [(0.9 * HOUR, 2 * HOUR, True), (1.1 * HOUR, 2 * HOUR, False), (0.0, 11.9 * HOUR, True), (0.0, 12.1 * HOUR, False)],
)
def test_a_session_ends_when_nobody_asks_and_in_any_case_in_time(seen: float, begun: float, open: bool) -> None:
    now = time.time()
    session = Session("liu", now - begun, now - seen)
    assert (Sessions(SETTINGS).opened(Sessions(SETTINGS).sealed(session)) is not None) == open


def test_a_session_that_is_used_is_renewed_once_a_minute_and_its_beginning_stays() -> None:
    session = Session.new("liu")
    assert Sessions(SETTINGS).renewed(session) is None
    old = replace(session, seen=session.seen - 61)
    renewed = Sessions(SETTINGS).renewed(old)
    assert renewed is not None
    assert (renewed.begun, renewed.seen > old.seen) == (session.begun, True)


@pytest.mark.parametrize("key", ["", "zz", "11" * 16])
def test_a_key_that_is_none_is_refused_with_the_command_that_makes_one(key: str) -> None:
    with pytest.raises(ValueError, match="CARELOOP_CONSOLE__SESSION_KEY"):
        Sessions(Console(session_key=key))
