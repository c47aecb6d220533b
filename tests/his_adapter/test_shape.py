"""A refusal quotes the shape of what was sent."""

import pytest

from services.his_adapter.formats.common.shape import shape_of


@pytest.mark.parametrize(
    ("sent", "quoted"),
    [
        ("X", "'X'"),
        ("3.0", "'3.0'"),
        ("13800138000", "'99999999999'"),
        ("Wang Xiu-ying", "'AAAA AAA-AAAA'"),
        ("王", "'字'"),
        (None, "'AAAA'"),
        ("a" * 99, f"'{'A' * 40}'"),
    ],
)
def test_what_was_sent_is_quoted_by_its_shape(sent: object, quoted: str) -> None:
    assert shape_of(sent) == quoted
