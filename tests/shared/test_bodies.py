"""What a request must say is said in characters that somebody can read."""

import pytest
from pydantic import Field, ValidationError

from shared.http import Body


class Why(Body):
    """A reason of three letters, and a remark."""

    reason: str = Field(min_length=3, max_length=20)
    remark: str = Field("", max_length=20)


@pytest.mark.parametrize("blank", ["   ", "\u200b\u200b\u200b", "\u3000\u3000\u3000", "a  ", "\n\u2060\t\ufeff"])
def test_a_text_that_must_say_something_is_not_filled_with_blanks(blank: str) -> None:
    with pytest.raises(ValidationError, match="at least 3 characters that can be seen"):
        Why(reason=blank)


def test_a_text_that_need_not_say_anything_may_be_blank() -> None:
    assert Why(reason="病危了", remark=" ").remark == " "
