"""One way to write what people are known by, and what names nobody."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contacts.identifying.citizens import check, citizen
from services.contacts.identifying.definitions import Identity
from services.contacts.identifying.names import written
from services.contacts.identifying.placeholders import no_birth, no_email, no_name, no_number
from services.contacts.registry.identifiers import Described, IdentityKeys
from shared.contracts.contacts import KnownIdentifier
from shared.contracts.facts import Details, Identifier
from shared.ids import identifier_key

TODAY = date(2026, 3, 9)
KEYS = IdentityKeys(
    b"k" * 32, Identity(id="default", version=1, area_code="010", nobody=("甲乙丙", "13912345678", "1970-01-01"))
)


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王 秀英", "王秀英"),
        ("王　秀英", "王秀英"),
        ("阿卜杜拉·买买提", "阿卜杜拉•买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉买买提"),
        ("John Smith", "SMITH, JOHN"),
        ("ＪＯＨＮ　ＳＭＩＴＨ", "john smith"),
        ("José García", "JOSE GARCIA"),
        ("O'Brien Mary", "Mary OBrien"),
        ("Jean-Luc Picard", "jean luc picard"),
        ("张\ue863", "张䶮"),
        ("王秀英 WANG XIUYING", "王秀英"),
        ("王秀英（WANG）", "王秀英"),
        ("王\u200b秀英\ufeff", "王秀英"),
        ("John\u00a0\u200eSmith", "john smith"),
    ],
)
def test_a_name_is_one_however_it_is_written(one: str, other: str) -> None:
    assert written(one) == written(other)


@pytest.mark.parametrize(("one", "other"), [("王秀英", "王秀瑛"), ("John Smith", "Joan Smith"), ("李娟", "李娟之女")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert written(one) != written(other)


@pytest.mark.parametrize(
    "name",
    [
        "无名氏",
        "无名氏1",
        "无名男",
        "无名氏（男）",
        "无名尸",
        "无姓名",
        "未知男",
        "身份不明女1",
        "匿名者",
        "张测试",
        "MALE, UNKNOWN",
        "Unknown Unknown",
        "NULL NULL",
        "TEST TEST",
        "Mr",
        "XXX",
        "不详",
        "未知",
        "测试",
        "测试患者01",
        "test",
        "Test Patient",
        "NULL",
        "n/a",
        "N/A",
        "None",
        "anonymous",
        "ANONYMOUS",
        "Unknown",
        "Restricted",
        "Baby Boy",
        "Baby Girl Smith",
        "BABYBOY A",
        "Newborn",
        "-",
        "",
        "李娟之子",
        "李娟之女",
        "李娟之女1",
        "李娟之长子",
        "李娟之大双",
        "李娟之小女",
        "李娟女婴",
        "李娟男婴2",
        "李娟毛毛",
        "李娟大双",
        "王*英",
        "王**",
        "王某",
        "王某某",
        "王XX",
        "王",
        "王女士",
        "李先生",
        "欧阳小姐",
        "老王",
        "小李",
        "12345",
        "匿名用户",
        "急诊患者01",
        "John Doe",
        "新生儿",
        "甲乙丙",
        "患者家属",
        "？？",
        "　",
    ],
)
def test_a_placeholder_names_nobody(name: str) -> None:
    assert no_name(name, KEYS.rules.nobody)
    assert KEYS.name(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "王秀英",
        "张伟",
        "欧阳娜娜",
        "阿卜杜拉·买买提",
        "John Smith",
        "Jamie Foxx",
        "Wu Ming",
        "王之",
        "李子",
        "王女",
        "Bo Li",
        "诸葛亮",
        "张䶮",
        "Ng",
        "Test-Achats Marie",
        "Guest Anna",
        "Mark Null",
        "未央",
        "于是之",
        "王安",
        "李先",
    ],
)
def test_a_name_is_not_taken_for_a_placeholder(name: str) -> None:
    assert not no_name(name)


def test_birth_dates_of_systems_are_nobodys() -> None:
    assert all(
        no_birth(day, TODAY) for day in (date(1900, 1, 1), date(1899, 12, 30), date(2027, 1, 1), date(1850, 5, 5))
    )
    assert not any(no_birth(day, TODAY) for day in (date(1956, 4, 12), date(2026, 3, 9), date(1912, 2, 3)))
    assert KEYS.traits(Details(birth_date=date(1970, 1, 1)), (), TODAY).birth_key == "", "the site says so"


def test_only_a_real_birth_date_makes_an_adult() -> None:
    ages = [date(1956, 4, 12), date(2008, 3, 9), date(2008, 3, 10), date(1900, 1, 1), None]
    assert [KEYS.traits(Details(birth_date=born), (), TODAY).adult for born in ages] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("number", ["0000", "99999", "无", "NULL", "unknown", "12**56", ""])
def test_a_record_number_that_fills_a_field_is_nobodys(number: str) -> None:
    assert no_number(number)


def test_an_id_on_a_server_may_be_any_word() -> None:
    assert [bool(KEYS.number(f"{kind}:CITY", "demo", TODAY)) for kind in ("FHIR", "MRN")] == [True, False]


def test_addresses_are_compared_in_small_letters_and_fillers_reach_nobody() -> None:
    assert KEYS.emails([" W@X.Example "]) == KEYS.emails(["w@x.example"]) == KEYS.emails(["ｗ＠x.example"])
    assert KEYS.emails(["none@none.com", "test@test.com", "a***@x.example", "无"]) == ()
    assert not no_email("w@x.example")


def test_a_search_looks_under_every_key_a_number_has() -> None:
    number = KEYS.number("NI:MPS", "110105491231002", TODAY)
    assert number
    assert set(KEYS.searched("NI:MPS", "110105491231002", TODAY)) == {number.key, number.national}
    assert KEYS.searched("national-id", "11010519491231002x", TODAY)[-1] == number.national
    assert KEYS.searched("phone", "+86 138 0013 8000", TODAY) == KEYS.phones(["13800138000"])
    assert KEYS.searched("Phone", "138****8000", TODAY) == ()


def caller(*identifiers: tuple[str, str], name: str | None = None) -> Described:
    return KEYS.of_caller([KnownIdentifier(system=system, value=value) for system, value in identifiers], name, TODAY)


def test_a_phone_and_an_address_may_be_shared_and_every_other_number_names_one_person() -> None:
    described = caller(("Phone", "13800138000"), ("EMAIL", "w@x.example"), ("card", "C-100"), name="王秀英")
    card = KEYS.number("card", "C-100", TODAY)
    assert card is not None
    assert described["phones"] == (*KEYS.phones(["13800138000"]), *KEYS.emails(["w@x.example"]))
    assert (described["strong"], described["records"]) == (card.keys, ())
    assert described["traits"].name_key == KEYS.name("王秀英")


def test_of_several_addresses_the_first_counts_and_a_placeholder_names_nobody() -> None:
    described = caller(("email", "w@x.example"), ("email", "v@x.example"), ("MRN:CITY", "demo"))
    assert (described["phones"], described["strong"]) == (KEYS.emails(["w@x.example"]), ())


def test_of_a_patient_the_numbers_of_another_record_are_left_out() -> None:
    own, other = (Identifier(system="MRN:CITY", key=key, value=key) for key in ("100234", "100235"))
    details = Details(identifiers=(own, other), phones=("13800138000",))
    assert KEYS.of_patient(details, TODAY)["records"] == ("100234", "100235")
    described = KEYS.of_patient(details, TODAY, {"100235"})
    assert (described["strong"], described["records"]) == (("100234",), ("100234",))
