"""What a log says of an error: its type and its place, and of foreign ones not a word."""

import logging
import sys
from datetime import date

import pytest
from aiokafka.errors import KafkaConnectionError
from pydantic import BaseModel

from shared.canary import OtherKeys
from shared.logs import Discreet, error_text

NAME = "王秀英"


class Born(BaseModel):
    on: date


def logged(error: BaseException | None = None, text: str = "it went wrong", *args: object) -> str:
    """The lines of a record."""
    trace = (type(error), error, error.__traceback__) if error else None
    return Discreet("%(message)s").format(logging.LogRecord("x", logging.ERROR, "x.py", 1, text, args, trace))


def raised() -> Exception:
    try:
        try:
            int(NAME)
        except ValueError as error:
            raise KeyError(NAME) from error
    except KeyError as error:
        return error


def test_a_foreign_error_is_logged_by_its_type_and_place_with_what_led_to_it() -> None:
    lines = logged(raised())
    assert NAME not in lines
    assert [line for line in lines.splitlines() if not line.startswith("  ")] == [
        "it went wrong",
        " ValueError",
        " KeyError",
    ]
    assert 'test_logs.py"' in lines


def test_an_error_among_the_words_of_a_line_is_told_without_its_words() -> None:
    assert logged(None, "%s failed: %s", "it", raised()) == "it failed: KeyError"


def test_errors_in_a_group_are_each_logged_so() -> None:
    try:
        raise ExceptionGroup("of a task", [raised(), OtherKeys("restore the key")])
    except ExceptionGroup as group:
        lines = logged(group)
    assert NAME not in lines
    assert {"ExceptionGroup", "KeyError", "OtherKeys: restore the key"} <= {line.strip() for line in lines.splitlines()}


def test_a_value_that_fits_no_model_is_named_by_its_field_alone() -> None:
    with pytest.raises(ValueError, match="on") as caught:
        Born.model_validate({"on": NAME})
    assert error_text(caught.value) == "ValidationError: on: date_from_datetime_parsing"


def test_our_own_words_and_those_of_kafka_and_the_system_are_kept() -> None:
    assert error_text(OtherKeys("restore the key")) == "OtherKeys: restore the key"
    assert (
        error_text(KafkaConnectionError("no broker at kafka:9092")) == "KafkaConnectionError: no broker at kafka:9092"
    )
    assert error_text(FileNotFoundError(2, "No such file", f"/drop/{NAME}.csv")) == "FileNotFoundError: No such file"


def test_what_nobody_catches_is_logged_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    from shared import logs

    root, hook = logging.getLogger(), sys.excepthook
    kept, root.handlers = root.handlers, []
    try:
        logs.start()
        sys.excepthook(KeyError, raised(), None)
    finally:
        root.handlers, sys.excepthook = kept, hook
    output = capsys.readouterr().err
    assert "the process ends" in output
    assert NAME not in output
