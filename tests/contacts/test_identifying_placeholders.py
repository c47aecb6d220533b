"""Names, dates and numbers that systems use as placeholders identify nobody."""

from datetime import date

import pytest

from services.contacts.identifying.placeholders import no_birth, no_name, no_number
from shared.contracts.facts import Details
from tests.contacts.test_registry_identifiers import KEYS, TODAY


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


@pytest.mark.parametrize("number", ["0000", "99999", "无", "NULL", "unknown", "12**56", ""])
def test_a_record_number_that_fills_a_field_is_nobodys(number: str) -> None:
    assert no_number(number)
