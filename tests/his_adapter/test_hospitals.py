"""What hospitals really send: the traps an interface engineer knows."""

from typing import Any

import pytest

from services.his_adapter.formats.hl7 import translate
from services.his_adapter.formats.hl7.ack import ack
from services.his_adapter.formats.hl7.checking import check, judge
from services.his_adapter.formats.hl7.message import Broken, parse
from services.his_adapter.formats.hl7.text import Undecodable, decode
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.facts import NO_KNOWN_ALLERGY, Coded
from tests.his_adapter.test_families import BARE, obr, obx, one
from tests.his_adapter.test_hl7 import NOW
from tests.his_adapter.test_translate import KEY, SITE, facts, message
from tests.support.hl7 import segment


def patient(pid: str, **segments: str) -> Any:
    return one("ADT^A28", PID=pid, **segments).patient


@pytest.mark.parametrize(
    "shared", ["777^^^AETNA^MB", "G5^^^CITY^GI", "无^^^^NI", "0^^^CITY^MR", "99999999^^^NAT^NI", "A1^^^CITY^AN"]
)
def test_a_number_that_others_may_have_too_names_nobody(shared: str) -> None:
    assert [identifier.value for identifier in patient(f"PID|1||{shared}~100^^^CITY^MR").identifiers] == ["100"]
    with pytest.raises(Broken, match="PID-3"):
        patient(f"PID|1||{shared}")


def test_the_sites_own_number_comes_first_in_whatever_order_they_are_written() -> None:
    [one_way] = [patient("PID|1||9^^^NAT^NI~7^^^OTHER^MR~100^^^CITY^MR")]
    other = patient("PID|1||100^^^CITY^MR~7^^^OTHER^MR~9^^^NAT^NI")
    assert [identifier.value for identifier in one_way.identifiers] == ["100", "7", "9"]
    assert one_way.identifiers == other.identifiers


@pytest.mark.parametrize(
    ("charset", "declared", "raw", "name"),
    [
        ("iso8859-1", "8859/1", "Müller^José|", "José Müller"),
        ("iso8859-15", "8859/15", "Müller^José|", "José Müller"),
        ("big5", "BIG5", "王^秀英|", "王秀英"),
        ("gb18030", "", "王^秀英|", "王秀英"),
    ],
)
@pytest.mark.parametrize("before", ["", "\r\n", "BHS|^~\\&|HIS\r"])
def test_a_declared_character_set_is_believed(charset: str, declared: str, raw: str, name: str, before: str) -> None:
    head = f"MSH|^~\\&|HIS|CITY|CL|CITY|20260309||ADT^A28|C1|P|2.5||||||{declared}"
    text = f"{before}{head}\rPID|1||100^^^CITY^MR||{raw}|19560412|M"
    [judged] = judge(text.encode(charset), SITE, KEY)
    assert (judged.facts[0].patient.name, judged.facts[0].patient.sex) == (name, "male")


def test_an_undeclared_character_set_is_the_one_the_site_says() -> None:
    raw = message("ADT^A28", **{**BARE, "PID": "PID|1||100^^^CITY^MR||Müller^José||19560412|M"}).encode("cp1252")
    [judged] = judge(raw, changed(SITE, charset="cp1252"), KEY)
    assert judged.facts[0].patient.name == "José Müller"


def test_a_declared_set_nobody_knows_is_refused_unless_the_text_is_ascii() -> None:
    head = "MSH|^~\\&|A|B|C|D|20260309||ADT^A28|C1|P|2.5||||||KLINGON\rPID|1||1||{}"
    assert decode(head.format("Smith").encode()).endswith("Smith")
    with pytest.raises(Undecodable, match="AAAAAAA"):
        decode(head.format("王").encode())


@pytest.mark.parametrize(
    ("pid", "pv1", "dies"),
    [
        ({30: "Y"}, "", True),
        ({29: "20260309", 30: ""}, "", True),
        ({29: "00000000"}, "", False),
        ({29: "20260309", 30: "N"}, "", False),
        ({5: "王"}, "21", True),
        ({5: "王"}, "5", False),
        ({30: "N"}, "20", False),
    ],
)
def test_a_death_is_told_wherever_it_is_said_and_never_where_it_is_not(
    pid: dict[int, str], pv1: str, dies: bool
) -> None:
    lines = {"PID": segment("PID", {3: "100^^^CITY^MR", **pid}), "PV1": segment("PV1", {2: "I", 19: "V1", 36: pv1})}
    translated = facts(message("ADT^A03", **{**lines, "DG1": ""}))
    deaths = [his.PatientDied] if dies else [his.DeathTakenBack] if pid.get(30) == "N" else []
    assert [type(fact) for fact in translated] == [his.PatientDischarged, *deaths]


def test_a_site_may_have_dispositions_of_its_own() -> None:
    site = changed(SITE, died=("5",))
    text = message("ADT^A03", DG1="", PV1=segment("PV1", {2: "I", 19: "V1", 36: "5"}))
    assert isinstance((translate.facts(KEY, site, parse(text), "m"))[-1], his.PatientDied)


def test_two_quotes_are_never_a_number_nor_a_name() -> None:
    details = patient('PID|1||100^^^CITY^MR||""^""||""|""|||""^^""||""||""')
    assert (details.name, details.address, details.phones) == (None, None, None)
    assert set(details.cleared) >= {"birth_date", "sex", "phones", "email", "language"}
    with pytest.raises(Broken, match="SCH-2"):
        one("SIU^S12", 'SCH|""|""|||||||||^^30^20260420090000')
    assert one("ADT^A28", EVN='EVN|A28|""').at.isoformat() == "2026-03-09T09:30:00+08:00"


def ids(kind: str, line: str, pid: str = "PID|1||100^^^CITY^MR") -> Any:
    fact = one(kind, line, PID=pid)
    return getattr(fact, "order_id", None) or getattr(fact, "report_id", None) or fact.appointment.appointment_id


def test_the_same_number_of_two_systems_is_two_things() -> None:
    time = {11: "^^30^20260420090000"}
    assert ids("SIU^S12", segment("SCH", {2: "1^RIS", **time})) != ids("SIU^S12", segment("SCH", {2: "1^LAB", **time}))
    assert ids("ORM^O01", "ORC|NW|1^RIS") != ids("ORM^O01", "ORC|NW|1^LAB")
    assert ids("ORM^O01", "ORC|NW|5") != ids("ORM^O01", "ORC|NW||5")


def test_the_same_visit_number_of_two_patients_is_two_visits() -> None:
    translated = [
        (facts(message("ADT^A01", PID=pid, PV1=segment("PV1", {2: "I", 19: "1"}))))
        for pid in ("PID|1||100^^^HOSPA^MR", "PID|1||100^^^HOSPB^MR", "PID|1|77||", "PID|1|88||")
    ]
    assert len({each[0].visit.visit_id for each in translated}) == 4  # type: ignore[attr-defined]
    assert len({each[1].item_id for each in translated}) == 4  # type: ignore[attr-defined]


def test_the_same_diagnosis_in_another_visit_and_a_second_dialysis_are_news() -> None:
    def items(kind: str, line: str, visit: str) -> str:
        text = "\r".join([message("ADT^A08", DG1="", PV1=segment("PV1", {19: visit})), line])
        [item] = [each for each in facts(text) if hasattr(each, "item_id")]
        return str(item.item_id)  # type: ignore[attr-defined]

    assert items("DG1", "DG1|1||J18.9^肺炎", "V1") != items("DG1", "DG1|1||J18.9^肺炎", "V2")
    assert items("PR1", "PR1|1||39.95^透析||20260309", "V1") != items("PR1", "PR1|1||39.95^透析||20260311", "V1")


def test_a_report_without_flags_is_neither_normal_nor_abnormal() -> None:
    for flag, abnormal in (("", None), ("N", False), ("S", False), ("NEG", False), ("H", True)):
        assert one("ORU^R01", obr(), obx(flag, "F")).abnormal is abnormal
    assert one("ORU^R01", obr(), obx("HH", "D"), obx("N", "F")).critical is False


def test_the_panels_of_one_report_are_one_report() -> None:
    reports: Any = facts("\r".join([message("ORU^R01", **BARE), obr(), obx("N", "F"), obr(), obx("AA", "F")]))
    assert [(fact.abnormal, fact.critical) for fact in reports] == [(True, True)]


def test_an_alternate_code_stands_in_where_the_first_is_missing() -> None:
    fact = one("ORU^R01", segment("OBR", {3: "F7", 4: "^^^CBC^血常规^L", 25: "F"}))
    other = one("ORU^R01", segment("OBR", {3: "F7", 4: "^^^LIPID^血脂^L", 25: "F"}))
    assert (fact.title, other.title) == ("血常规", "血脂")
    assert fact.report_id != other.report_id


def test_a_line_feed_inside_a_field_is_text() -> None:
    text = "\r".join([message("ORU^R01", **BARE), obr(), segment("OBX", {5: "line one\nline two", 11: "F"})])
    assert [each.verdict for each in judge(text.encode(), SITE, KEY)] == ["translated"]
    assert parse(text).get("OBX-5") == "line one\nline two"


@pytest.mark.parametrize("kind", ["ADT^A20", "SIU^S23", "SIU^S24", "VXU^V04"])
def test_what_has_no_patient_by_definition_is_not_ours(kind: str) -> None:
    [judged] = judge(message(kind, PID="", **BARE).encode(), SITE, KEY)
    assert judged.verdict == "not-ours"


def test_a_version_and_processing_id_are_read_as_people_write_them() -> None:
    for old, new in (("|P|2.5", "|p|2.5"), ("|P|2.5", "|P|V2.4")):
        [judged] = judge(message().replace(old, new).encode(), SITE, KEY)
        assert judged.verdict == "translated"


def test_the_resources_of_an_appointment_belong_to_all_its_patients() -> None:
    lines = ["SCH|P1|F1", "PID|1||100^^^CITY^MR", "PID|2||200^^^CITY^MR", "RGS|1", "AIS|1||ECHO|20260422100000"]
    booked: Any = facts("\r".join([message("SIU^S12", PID="", **BARE), *lines, "AIL|1||0301"]))
    assert [(fact.appointment.starts.day, fact.appointment.department) for fact in booked] == [(22, "CARD")] * 2


def test_what_stands_in_sch_25_outranks_the_event() -> None:
    time = {1: "P1", 11: "^^30^20260420090000"}
    assert isinstance(one("SIU^S14", segment("SCH", {**time, 25: "Cancelled"})), his.AppointmentCancelled)
    assert isinstance(one("SIU^S14", segment("SCH", {**time, 25: "Noshow"})), his.AppointmentMissed)


@pytest.mark.parametrize("line", ["FT1||T1||||CG||||1|1E999999", "FT1||T1||||CG||||1|12,50", "FT1||T1||||CG||||x||5"])
def test_an_amount_that_is_none_is_refused_and_named(line: str) -> None:
    [judged] = judge("\r".join([message("DFT^P03", **BARE), line]).encode(), SITE, KEY)
    assert judged.reason.startswith("FT1-1")


@pytest.mark.parametrize("trailer", ["BTS|²", "BTS|" + "9" * 5000])
def test_a_trailer_that_counts_in_no_number_crashes_nobody(trailer: str) -> None:
    [judged] = judge("\r".join([message(), trailer]).encode(), SITE, KEY)
    assert judged.verdict == "translated"


def test_a_merge_keeps_the_number_that_stays_wherever_it_is_written() -> None:
    fact = one("ADT^A40", "MRG|OLD1^^^CITY^MR", PID="PID|1||OLD1^^^CITY^MR~NEW1^^^CITY^MR")
    assert [identifier.value for identifier in fact.patient.identifiers] == ["NEW1"]
    with pytest.raises(Broken, match="PID-3"):
        one("ADT^A40", "MRG|OLD1^^^CITY^MR", PID="PID|1||OLD1^^^CITY^MR")


@pytest.mark.parametrize(
    ("evn", "msh", "iso"),
    [
        ("20260309093000", "20260309093000+0000", "2026-03-09T09:30:00+00:00"),
        ("202603-0500", "20260309", "2026-03-01T00:00:00-05:00"),
        ("2026-0500", "20260309", "2026-01-01T00:00:00-05:00"),
    ],
)
def test_a_time_without_an_offset_has_that_of_the_header(evn: str, msh: str, iso: str) -> None:
    text = message("ADT^A28", **{**BARE, "EVN": f"EVN|A28|{evn}"}).replace("|20260309093000||", f"|{msh}||", 1)
    assert [fact.at.isoformat() for fact in facts(text)] == [iso]


@pytest.mark.parametrize(("text", "born"), [("19560412", "1956-04-12"), ("19560000", None), ("1956", None)])
def test_a_birth_date_is_whole_or_unknown(text: str, born: str | None) -> None:
    details = patient(f"PID|1||100^^^CITY^MR||王^一||{text}")
    assert (details.birth_date and details.birth_date.isoformat()) == born


@pytest.mark.parametrize(
    ("fields", "phones", "email"),
    [
        ({13: "^PRN^CP^^86^^13800138000"}, ("13800138000",), None),
        ({13: "j@x.org^NET^Internet"}, None, "j@x.org"),
        ({14: "^NET^Internet^j@x.org"}, None, "j@x.org"),
    ],
)
def test_phones_and_mail_are_found_in_every_version_of_xtn(
    fields: dict[int, str], phones: tuple[str, ...] | None, email: str | None
) -> None:
    details = patient(segment("PID", {3: "100^^^CITY^MR", **fields}))
    assert (details.phones, details.email) == (phones, email)


def test_one_orc_may_head_several_obr_and_former_results_are_no_orders() -> None:
    lines = ["ORC|CA|A1", "OBR|1|A1||X^甲", "OBR|2|A2||Y^乙", "ORC|PR|OLD", "OBR|3|OLD||Z^旧"]
    orders: Any = facts("\r".join([message("OML^O21", **BARE), *lines]))
    assert [(order.what.text, order.status) for order in orders] == [("甲", "revoked"), ("乙", "revoked")]


@pytest.mark.parametrize(
    ("stated", "code", "text"),
    [
        ("DA|NKDA^No known drug allergies", "409137002", "No known drug allergies"),
        ("DA|^否认过敏史", "409137002", "否认过敏史"),
        ("|^否认过敏史", "716186003", "否认过敏史"),
        ("MA|NKA", "716186003", "NKA"),
        ("|无", "716186003", "无"),
        ("FA|^无", "429625007", "无"),
        ("EA^environment|^无", "428607008", "无"),
        ("FA|716186003^No known allergy^SCT", "716186003", "No known allergy"),
    ],
)
@pytest.mark.parametrize("segment", ["AL1", "IAM"])
def test_that_no_allergy_is_known_is_published_with_the_code_of_its_type(
    segment: str, stated: str, code: str, text: str
) -> None:
    _, said = facts("\r".join([message("ADT^A28", **BARE), f"{segment}|1|{stated}"]))
    assert (type(said), said.what) == (his.AllergyRecorded, Coded(system="SCT", code=code, text=text))
    assert code in NO_KNOWN_ALLERGY


def test_none_of_a_type_that_says_not_to_what_states_nothing() -> None:
    assert len(facts("\r".join([message("ADT^A28", **BARE), "AL1|1|MA|^无"]))) == 1


def test_no_diagnosis_is_no_fact() -> None:
    assert len(facts("\r".join([message("ADT^A28", **BARE), "DG1|1||无"]))) == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("|P|2.5", "|X|2.5", "202"), ("|P|2.5", "|P|3.0", "203"), ("100234^^^CITY^MR", "", "101")],
)
def test_refusals_carry_the_code_of_the_standard(old: str, new: str, code: str) -> None:
    refused = parse(message(PID="PID|1||100234^^^CITY^MR").replace(old, new))
    with pytest.raises(Broken) as caught:
        check(refused, SITE)
    assert f"|{code}|E|" in ack(refused, "AE", NOW, caught.value).decode()
