"""What senders really write, found in what others published of their messages."""

from typing import Any

import pytest

from services.his_adapter.formats.hl7.checking import check, judge
from services.his_adapter.formats.hl7.message import Broken, parse
from services.his_adapter.formats.hl7.text import decode
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from tests.his_adapter.test_families import BARE, obr, obx, one
from tests.his_adapter.test_translate import KEY, SITE, facts, message
from tests.support.hl7 import segment


def patient(pid: str) -> Any:
    return one("ADT^A28", PID=pid).patient


@pytest.mark.parametrize(
    ("written", "system"),
    [
        ("E1404972671^^^EPI^EPI", "MRN:EPI"),
        ("12345^^^MEDITECH^MRN", "MRN:MEDITECH"),
        ("12345^^^CITY^mr", "MRN:CITY"),
        ("123456782^^^NLMINBIZA^NNNLD", "NNNLD:NLMINBIZA"),
        ("441522199311307990^^^^IdentifyNO", "NNCHN:CITY"),
        ("AA00000001^^^^LocalID", "MRN:CITY"),
    ],
)
def test_a_kind_of_number_is_known_by_what_systems_call_it(written: str, system: str) -> None:
    assert [identifier.system for identifier in patient(f"PID|1||{written}").identifiers] == [system]


def test_a_kind_nobody_knows_is_asked_for_and_the_site_may_say_it() -> None:
    text = message("ADT^A28", **BARE, PID="PID|1||4711^^^X^KARTE").encode()
    [refused] = judge(text, SITE, KEY)
    assert "say in `codes.identifier-type` of the site what KARTE is" in refused.reason
    site = changed(SITE, codes={"identifier-type": {"KARTE": "PI"}})
    [judgement] = judge(text, site, KEY)
    assert judgement.verdict == "translated"


@pytest.mark.parametrize("placeholder", ["ANONIMO", "<MRN>", "${mrn}", "无名氏", "N/A", "99999"])
def test_a_placeholder_is_no_number(placeholder: str) -> None:
    with pytest.raises(Broken, match="PID-3"):
        patient(f"PID|1||{placeholder}")


def test_a_number_of_letters_alone_is_one() -> None:
    assert patient("PID|1||abcdefabcd").identifiers[0].value == "abcdefabcd"


@pytest.mark.parametrize(
    ("family", "given", "name"),
    [
        ("张三", "ZHANGSAN", "张三"),
        ("张三", "张三", "张三"),
        ("하", "성진", "하성진"),
        ("Smith", "John", "John Smith"),
        ("王", "秀英", "王秀英"),
    ],
)
def test_a_name_is_not_mixed_with_its_spelling(family: str, given: str, name: str) -> None:
    assert patient(f"PID|1||1||{family}^{given}").name == name


@pytest.mark.parametrize(
    ("xtn", "phones"),
    [
        ("^^^^^^^^18925224542", ("18925224542",)),
        ("无", None),
        ("^PRN^FX^^^555^1234567~13800138000", ("13800138000",)),
        ("M", None),
    ],
)
def test_only_what_can_be_called_is_a_phone(xtn: str, phones: tuple[str, ...] | None) -> None:
    assert patient(segment("PID", {3: "1", 13: xtn})).phones == phones


@pytest.mark.parametrize(
    ("written", "language"),
    [("CHI", "zh"), ("SPA", "es"), ("zh-CN", "zh"), ("en", "en"), ("汉语", "zh"), ("UNK", None)],
)
def test_a_language_is_one_of_two_letters_or_unknown(written: str, language: str | None) -> None:
    assert patient(segment("PID", {3: "1", 15: written})).language == language


def test_milliseconds_may_lack_their_point() -> None:
    fact = one("ADT^A28", EVN="EVN|A28|20180604143425489")
    assert fact.at.isoformat() == "2018-06-04T14:34:25.489000+08:00"


def test_a_header_without_its_caret_or_with_its_segments_in_one_line_says_so() -> None:
    with pytest.raises(Broken, match="usually it is"):
        parse(message().replace("^~\\&", "~\\&", 1))
    for between in (" ", "\\r", ""):
        with pytest.raises(Broken, match="segments must end with CR: "):
            parse(message().replace("\r", between))


def test_an_ampersand_where_the_backslash_was_lost_still_parts_components() -> None:
    text = message(PID="PID|1||100^^^CITY&1.2.3&ISO^MR").replace("^~\\&", "^~&", 1)
    assert parse(text).get("PID-3.4.2") == "1.2.3"


@pytest.mark.parametrize("place", ["|RAPID|CITY|", "|HIS|SCH|"])
def test_a_name_that_ends_like_a_segment_is_no_lost_line_end(place: str) -> None:
    assert parse(message().split("\r", 1)[0].replace("|HIS|CITY|", place)).get("MSH-10")


@pytest.mark.parametrize(
    ("declared", "written", "name"),
    [
        ("ASCII~ISO IR87", "iso2022_jp", "山田"),
        ("8859/1", "utf-8", "Hákon"),
        ("~ISO IR87", "iso2022_jp", "山田"),
        ("WINDOWS-1250", "cp1250", "Łukasz"),
    ],
)
def test_a_name_is_read_as_it_was_written(declared: str, written: str, name: str) -> None:
    text = f"MSH|^~\\&|A|B|C|D|20260309||ADT^A28|C1|P|2.5||||||{declared}\rPID|1||1||{name}"
    assert decode(text.encode(written)).endswith(name)


def test_the_system_of_a_diagnosis_may_stand_in_dg1_2() -> None:
    translated: Any = facts(message("ADT^A28", **{**BARE, "DG1": "DG1|1|I9|1550"}))
    assert translated[1].what.system == "I9"


def test_who_did_not_come_did_not_cancel() -> None:
    sch = segment("SCH", {2: "F1", 11: "^^^20260420090000", 25: "Cancelled"})
    assert isinstance(one("SIU^S26", sch), his.AppointmentMissed)
    assert isinstance(one("SIU^S14", sch.replace("Cancelled", "No-Show")), his.AppointmentMissed)


def test_a_part_of_a_panel_is_not_a_report_of_its_own() -> None:
    part = segment("OBR", {1: "2", 3: "F8", 4: "LDL^低密度", 25: "F", 29: "P7"})
    parent = obr().replace("OBR|", "OBR|1", 1)
    [fact] = facts("\r".join([message("ORU^R01", **BARE), parent, obx("N", "F"), part, obx("HH", "F")]))
    assert (fact.title, fact.critical) == ("血脂", True)  # type: ignore[attr-defined]


def test_two_things_under_one_order_number_are_two_orders() -> None:
    lines = [f"ORC|NW|P7\rOBR|{n}|P7||{code}" for n, code in enumerate(("CT^胸部CT", "US^心脏超声"), 1)]
    orders: Any = facts("\r".join([message("ORM^O01", **BARE), *lines]))
    assert len({fact.order_id for fact in orders}) == 2


def test_a_master_file_that_says_nothing_of_its_entry_is_refused() -> None:
    text = message("MFN^M02", **BARE, PID="").strip("\r") + "\rMFI|PRA||UPD|||NE\rMFE|MAD|1||LCH"
    check(parse(text), SITE)
    [judged] = judge(text.encode(), SITE, KEY)
    assert "STF must follow" in judged.reason


def test_a_part_belongs_to_the_report_its_filler_number_names() -> None:
    lines = [segment("OBR", {1: str(n), 2: "P1", 3: f"F{n}", 4: f"C{n}^{n}", 25: "F"}) for n in (1, 2)]
    part = segment("OBR", {1: "3", 2: "P1", 3: "F3", 4: "C3^3", 25: "F", 29: "P1^F2"})
    reports: Any = facts("\r".join([message("ORU^R01", **BARE), *lines, part, obx("HH", "F")]))
    assert [(fact.title, fact.critical) for fact in reports] == [("1", None), ("2", True)]
