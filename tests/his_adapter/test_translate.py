"""Messages → facts, and the corpus."""

from collections import Counter
from datetime import date

import pytest
from pydantic import ValidationError

from services.his_adapter.formats.definitions import MappedDepartment, Site
from services.his_adapter.formats.hl7 import translate
from services.his_adapter.formats.hl7.checking import judge
from services.his_adapter.formats.hl7.message import Broken, parse
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.ids import identifier_key
from tests.support.hl7 import CORPUS, NO_CORPUS, corpus

KEY = b"k" * 32
SITE = Site(id="s", version=1, authority="CITY", departments={"0301": MappedDepartment(code="CARD", name="心内科")})


def message(kind: str = "ADT^A01", **segments: str) -> str:
    event = kind.partition("^")[2]
    lines = {
        "MSH": f"MSH|^~\\&|HIS|CITY|CL|CITY|20260309093000||{kind}|C1|P|2.5",
        "EVN": f"EVN|{event}|20260309093000+0800",
        "PID": "PID|1||100234^^^CITY^MR~110101195604120021^^^NAT^NI||王^秀英||19560412|F|||建国路1号^^北京||"
        "13800138000~^NET^Internet^w@x.example||zh-CN",
        "PV1": "PV1|1|I|0301^201^1||||D017^李^明|||0301|||||||||V001",
        "DG1": "DG1|1||I21.9^急性心肌梗死^I10",
    }
    return "\r".join(text for text in {**lines, **segments}.values() if text)


def facts(text: str) -> list[his.PatientFact] | None:
    return translate.facts(KEY, SITE, parse(text), "msg")


def test_an_admission_says_who_where_and_why() -> None:
    fact, *_ = facts(message())
    assert isinstance(fact, his.PatientAdmitted)
    patient, visit = fact.patient, fact.visit
    assert (patient.name, patient.birth_date, patient.sex, patient.language) == (
        "王秀英",
        date(1956, 4, 12),
        "female",
        "zh",
    )
    assert (patient.phones, patient.email) == (("13800138000",), "w@x.example")
    assert [i.system for i in patient.identifiers] == ["MRN:CITY", "NI:NAT"]
    assert (visit.department, visit.department_name, visit.doctor_name, visit.patient_class) == (
        "CARD",
        "心内科",
        "李明",
        "inpatient",
    )
    assert [d.code for d in fact.diagnoses] == ["I21.9"]
    assert fact.at.isoformat() == "2026-03-09T09:30:00+08:00"


def test_the_patient_key_is_the_hmac_of_authority_and_number() -> None:
    fact, *_ = facts(message())
    assert fact.patient_key == identifier_key(KEY, "MRN:CITY", "100234")
    assert "100234" not in fact.patient_key


def test_a_number_without_authority_belongs_to_the_sites_own() -> None:
    fact, *_ = facts(message(PID="PID|1||100234||王^秀英"))
    assert fact.patient_key == identifier_key(KEY, "MRN:CITY", "100234")


def test_event_type_comes_from_msh_9_never_from_evn_1() -> None:
    fact, *_ = facts(message("ADT^A03", EVN="EVN|A01|20260312150000"))
    assert isinstance(fact, his.PatientDischarged)


@pytest.mark.parametrize(
    ("kind", "undoes"), [("ADT^A11", "admission"), ("ADT^A12", "transfer"), ("ADT^A13", "discharge")]
)
def test_cancels_name_what_they_undo(kind: str, undoes: str) -> None:
    fact, *_ = facts(message(kind))
    assert isinstance(fact, his.VisitCancelled)
    assert fact.undoes == undoes


def test_two_quotes_clear_a_field_and_nothing_leaves_it_alone() -> None:
    fact, *_ = facts(message("ADT^A08", PID='PID|1||100234||王^秀英||||||||""'))
    assert (fact.patient.cleared, fact.patient.phones, fact.patient.email) == (("phones", "email"), None, None)


@pytest.mark.parametrize(
    ("pid_13", "cleared", "phones", "email"),
    [
        ('13800138000~^NET^Internet^""', ("email",), ("13800138000",), None),
        ('13800138000~""^NET^Internet', ("email",), ("13800138000",), None),
        ('""^PRN^CP~^NET^Internet^w@x.example', ("phones",), None, "w@x.example"),
        ('^PRN^CP^^^^^^^^^""~^NET^Internet^w@x.example', ("phones",), None, "w@x.example"),
        ('^NET^Internet^""~^NET^Internet^new@x.example', (), None, "new@x.example"),
        ('""^PRN^FX', (), None, None),
    ],
)
def test_two_quotes_in_a_part_clear_the_phone_or_the_address_of_which_no_other_is_said(
    pid_13: str, cleared: tuple[str, ...], phones: tuple[str, ...] | None, email: str | None
) -> None:
    fact, *_ = facts(message("ADT^A31", PID=f"PID|1||100234||王^秀英||||||||{pid_13}"))
    assert (fact.patient.cleared, fact.patient.phones, fact.patient.email) == (cleared, phones, email)


def test_an_unknown_type_is_not_ours() -> None:
    assert not translate.is_ours("MFN^M03")
    assert facts(message("MFN^M03")) == []


@pytest.mark.parametrize(
    ("segments", "segment", "field"),
    [
        ({"PID": ""}, "PID", 3),
        ({"PID": "PID|1||^^^CITY^MR"}, "PID", 3),
        ({"EVN": "EVN|A01|yesterday"}, "EVN", 2),
    ],
)
def test_what_cannot_be_translated_names_its_place(segments: dict[str, str], segment: str, field: int) -> None:
    with pytest.raises(Broken) as caught:
        facts(message(**segments))
    assert (caught.value.segment, caught.value.field) == (segment, field)


@pytest.mark.skipif(not CORPUS.exists(), reason=NO_CORPUS)
def test_every_message_of_the_corpus_is_translated_or_refused_with_a_reason_or_not_ours() -> None:
    verdicts: Counter[str] = Counter()
    for file in corpus():
        for judged in judge(file.read_bytes(), SITE, KEY):
            verdicts[judged.verdict] += 1
            assert bool(judged.reason) == (judged.verdict == "refused"), file
            if judged.kind[:3] in ("ADT", "SIU", "ORU") and parse(judged.text).first("PID"):
                assert judged.verdict != "not-ours", file
    assert verdicts["translated"] > 20


@pytest.mark.parametrize(("receivers", "reason"), [(("CL",), ""), (("CITY",), ""), (("OTHER",), "MSH-5")])
def test_a_message_for_somebody_else_is_refused_where_the_site_says_who_we_are(
    receivers: tuple[str, ...], reason: str
) -> None:
    [judged] = judge(message().encode(), changed(SITE, receivers=receivers), KEY)
    assert judged.reason[:5] == reason


def test_an_authority_by_name_or_oid_is_the_one_the_site_says() -> None:
    site = changed(SITE, authorities={"1.2.156.1": "CITY", "OLD": "CITY"})
    for number in ("100234^^^&1.2.156.1&ISO^MR", "100234^^^OLD^MR", "100234"):
        [fact, *_] = translate.facts(KEY, site, parse(message(PID=f"PID|1||{number}")), "m")
        assert fact.patient_key == identifier_key(KEY, "MRN:CITY", "100234")


def test_what_a_site_writes_into_segments_of_its_own_is_found_there() -> None:
    site = changed(SITE, local={"phones": "ZPI-4", "email": "ZPI-5.2"})
    text = "\r".join([message(), "ZPI|1|||13900000000|^z@x.example"])
    [fact, *_] = translate.facts(KEY, site, parse(text), "m")
    assert (fact.patient.phones, fact.patient.email, fact.patient.name) == (("13900000000",), "z@x.example", "王秀英")
    with pytest.raises(ValidationError, match=r"local\.phones"):
        Site.model_validate({"id": "s", "version": 1, "authority": "X", "local": {"phones": "ZPI.4"}})
