"""A definition is named by one text, read and written in one place."""

import pytest

from shared.definition_ref import Ref


@pytest.mark.parametrize("text", ["plan/after/12", "template/reminder"])
def test_a_reference_is_read_as_it_was_written(text: str) -> None:
    assert str(Ref.parse(text)) == text


def test_a_reference_without_a_version_is_to_the_one_in_force() -> None:
    assert Ref.parse("plan/after") == Ref("plan", "after", None)


@pytest.mark.parametrize("text", ["", "plan", "plan/after/first", "plan/after/1/2"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|int|kind"):
        Ref.parse(text)
