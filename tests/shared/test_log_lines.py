"""An entry of a log is one line, so that nobody outside can write one."""

import logging
import sys

from hypothesis import given
from hypothesis import strategies as st

from shared.logs import Discreet

FORMAT = Discreet("%(asctime)s %(levelname)s %(name)s %(message)s")


def entry(message: str, error: Exception | None = None) -> str:
    record = logging.makeLogRecord({"name": "careloop", "levelname": "WARNING", "msg": "%s", "args": (message,)})
    if error:
        try:
            raise error
        except Exception:
            record.exc_info = sys.exc_info()
    return FORMAT.format(record)


def test_a_path_with_line_ends_in_it_does_not_write_an_entry_of_its_own() -> None:
    line = entry("GET /x\n2026-01-01 00:00:00,000 INFO careloop all is well\r\x1b[2J")
    assert line.endswith(r"careloop GET /x\n2026-01-01 00:00:00,000 INFO careloop all is well\r\x1b[2J")


@given(st.text())
def test_whatever_is_logged_is_one_line(text: str) -> None:
    assert len(entry(text).splitlines()) == 1


@given(st.text())
def test_what_an_error_says_stands_behind_a_space_in_each_line(text: str) -> None:
    _, *more = entry("it broke", ValueError(text)).splitlines()
    assert more
    assert all(line.startswith(" ") for line in more)


def test_an_entry_says_when_it_was_by_utc() -> None:
    record = logging.makeLogRecord({"created": 0.0, "msecs": 0.0})
    assert FORMAT.formatTime(record) == "1970-01-01 00:00:00,000"
