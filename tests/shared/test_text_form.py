"""What topics and checkpoints hold as text is read once, and written again as it stood."""

from collections.abc import Mapping
from typing import Annotated

import pytest
from pydantic import ValidationError

from shared.contracts.base import Part, stored
from shared.definition_ref import Named, Ref
from shared.text_form import TextForm


class State(Part):
    """A state with a reference, and with bytes in a list and as keys."""

    rule: Named = None
    marks: tuple[Annotated[bytes, TextForm(bytes.fromhex, bytes.hex)], ...] = ()
    names: Mapping[Annotated[bytes, TextForm(bytes.fromhex, bytes.hex)], str] = {}


WRITTEN = {"rule": "plan/hip/3", "marks": ["00ff"], "names": {"a1": "x"}}
STATE = State(rule=Ref("plan", "hip", 3), marks=(b"\x00\xff",), names={b"\xa1": "x"})


def test_a_text_is_read_as_what_it_says_and_written_as_it_stood() -> None:
    assert stored(State, WRITTEN) == STATE
    assert STATE.model_dump(mode="json") == WRITTEN
    assert State.model_validate_json(STATE.model_dump_json()) == STATE


def test_no_reference_is_an_empty_text() -> None:
    assert State().model_dump(mode="json") == {"rule": "", "marks": [], "names": {}}
    assert stored(State, {"rule": ""}) == State()


def test_a_text_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValidationError):
        stored(State, {"rule": "plan/hip/3/4"})
    with pytest.raises(ValidationError):
        stored(State, {"marks": ["no hex"]})


def test_its_schema_is_a_text() -> None:
    assert State.model_json_schema()["properties"]["marks"]["items"] == {"type": "string"}
