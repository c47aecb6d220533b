"""National ids of citizens: one form for all spellings, and numbers that cannot be one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contacts.identifying.citizens import check, citizen
from shared.ids import identifier_key
from tests.contacts.test_registry_identifiers import KEYS, TODAY


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "11010519491231002x",
        " 110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105491231002",
        "110105-19491231-002x",
    ],
)
def test_a_citizen_has_one_number(text: str) -> None:
    assert citizen(text, TODAY) == "11010519491231002X"


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",
        "110105194913310027",
        "11010519491231002",
        "110101********0010",
        "110105491331002",
        "010105194912310020",
        "111111111111111111",
        "11010520991231001X",
        "1101051949123100200",
    ],
)
def test_a_number_that_cannot_be_is_nobodys(text: str) -> None:
    assert KEYS.number("NI:MPS", text, TODAY) is None


@pytest.mark.parametrize("text", ["H12345678", "M1234567890", "E12345678", "12345678", "0123456789"])
def test_another_document_is_kept_as_it_is(text: str) -> None:
    number = KEYS.number("NI:MPS", text, TODAY)
    assert number is not None
    assert (number.national, number.key) == ("", identifier_key(b"k" * 32, "NI:MPS", text))


def test_the_national_number_is_one_whoever_tells_it() -> None:
    spellings = [
        ("NI:MPS", "110105491231002"),
        ("NNCHN:CITY", "11010519491231002x"),
        ("national-id", "11010519491231002X"),
    ]
    numbers = [KEYS.number(system, value, TODAY) for system, value in spellings]
    assert len({number.national for number in numbers if number}) == 1


@given(st.integers(110101, 659001), st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_fifteen_digits_become_the_eighteen_they_mean(region: int, born: date, order: int) -> None:
    long = f"{region}{born:%Y%m%d}{order:03}"
    assert citizen(f"{region}{born:%y%m%d}{order:03}", TODAY) == long + check(long)
