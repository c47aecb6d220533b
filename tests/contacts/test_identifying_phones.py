"""A phone number has one form, and placeholders identify nobody."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contacts.identifying.definitions import Identity
from services.contacts.identifying.phones import phones
from services.contacts.registry.identifiers import IdentityKeys
from shared.ids import identifier_key

TODAY = date(2026, 3, 9)
KEYS = IdentityKeys(
    b"k" * 32, Identity(id="default", version=1, area_code="010", nobody=("甲乙丙", "13912345678", "1970-01-01"))
)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        " 138 0013 8000 ",
        "138-0013-8000",
        "+86 138 0013 8000",
        "+86-138-0013-8000",
        "0086 13800138000",
        "86-13800138000",
        "8613800138000",
        "１３８００１３８０００",
        "＋８６　１３８００１３８０００",
        "(+86)13800138000",
        "013800138000",
        "13800138000.0",
        "13800138000转8001",
        "13800138000（本人）",
        "手机13800138000",
        "tel:+86-138-0013-8000",
        "138.0013.8000",
        "电话：13800138000 李四",
        "\u202a13800138000\u202c",
    ],
)
def test_a_mobile_is_one_however_it_is_written(text: str) -> None:
    assert phones(text, "CN") == ("13800138000",)


@pytest.mark.parametrize(
    "text",
    [
        "010-62345678",
        "(010) 6234 5678",
        "010 62345678",
        "+86 10 62345678",
        "+86 (0)10 62345678",
        "0086-10-62345678",
        "62345678",
        "6234-5678",
        "010-62345678-801",
        "010-62345678转801",
        "010-62345678 ext. 801",
        "62345678x801",
        "010-62345678分机801",
        "010－62345678",
        "010-62345678转分机801",
        "62345678内线801",
    ],
)
def test_a_landline_is_one_with_its_area_code_and_without(text: str) -> None:
    assert phones(text, "CN", "010") == ("01062345678",)


def test_a_landline_without_any_area_code_equals_itself_alone() -> None:
    assert phones("6234 5678", "CN") == ("62345678",)


@pytest.mark.parametrize("between", ["/", "、", ";", "；", ",", "，", " ; ", "|", "\n", " 或 ", " or ", " "])
def test_two_numbers_in_a_field_are_two(between: str) -> None:
    assert phones(f"13800138000{between}13911112222", "CN") == ("13800138000", "13911112222")


@pytest.mark.parametrize(
    "text",
    [
        "13800138000（本人）13911112222（女儿）",
        "13800138000 家属13911112222",
        "138-0013-8000 139-1111-2222",
        "手机13800138000家13911112222",
    ],
)
def test_words_between_two_numbers_say_whose_they_are(text: str) -> None:
    assert phones(text, "CN", "010") == ("13800138000", "13911112222")


def test_two_kinds_of_number_in_a_field_are_two() -> None:
    assert phones("010-62345678/13800138000", "CN") == ("01062345678", "13800138000")


@pytest.mark.parametrize(
    ("text", "number"),
    [("+1 650-253-0000", "+16502530000"), ("001 650 253 0000", "+16502530000"), ("00852 2345 6789", "+85223456789")],
)
def test_a_number_from_abroad_keeps_its_country(text: str, number: str) -> None:
    assert phones(text, "CN") == (number,)
    assert phones("(650) 253-0000", "US") == ("6502530000",)
    assert phones("+86 138 0013 8000", "US") == ("+8613800138000",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anonymous",
        "Restricted",
        "未知",
        "12345",
        "110",
        "138****8000",
        "138＊＊＊＊8000",
        "138xxxx8000",
        "138××××8000",
        "1.38001E+10",
        "1.38001e10",
        "400-812-3456",
        "800 810 1234",
        "95588",
    ],
)
def test_what_is_no_persons_phone_is_none(text: str) -> None:
    assert phones(text, "CN", "010") == ()


@pytest.mark.parametrize(
    "number",
    [
        "00000000000",
        "11111111111",
        "13800000000",
        "13900000000",
        "12345678901",
        "0000000",
        "00000000",
        "88888888",
        "12345678",
        "010-00000000",
        "0755-88888888",
        "+8600000000000",
    ],
)
def test_a_filler_is_nobodys_phone(number: str) -> None:
    assert KEYS.phones([number]) == ()


def test_the_key_of_a_plain_number_is_the_one_that_older_logs_hold() -> None:
    assert KEYS.phones(["13800138000"]) == (identifier_key(b"k" * 32, "phone", "13800138000"),)
    assert KEYS.phones(["13912345678"]) == (), "what a site says is nobody's"


@given(st.text(max_size=40))
def test_any_text_may_stand_where_a_phone_should(text: str) -> None:
    for number in phones(text, "CN", "010"):
        assert phones(number, "CN", "010") == (number,)
