"""A WS/T 500 document becomes the facts of a stay; what is not one is refused with its place, and harms nobody."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.formats.cda import stay
from services.his_adapter.formats.cda.document import Document, Wrong
from services.his_adapter.formats.cda.envelope import SOAP11, SOAP12, acknowledgement, answer, call, fault
from services.his_adapter.formats.cda.intake import check
from services.his_adapter.formats.cda.xml import NotXml, parse, text_of
from services.his_adapter.formats.definitions import MappedDepartment, Site
from shared.contracts import his_adapter as his
from shared.ids import identifier_key

KEY = b"k" * 32
SITE = Site(
    id="default", version=1, authority="CITY", departments={"CARD": MappedDepartment(code="CARDIO", name="心脏内科")}
)
SAMPLE = (Path(__file__).parents[2] / "docs" / "how-to" / "discharge.cda.xml").read_text()


def facts(text: str) -> list[his.PatientFact]:
    kind = Document(KEY, SITE, parse(text)).code
    received = his.HospitalMessageReceived(
        at=datetime(2026, 3, 12, 8, tzinfo=UTC),
        message_id="m1",
        sender="emr",
        site="default",
        format="cda",
        message_type=kind,
        control_id="D1",
        body_hash="h",
        text=text,
    )
    return stay.facts(KEY, SITE, received)


def one(facts_found: list[his.PatientFact], kind: type[Any]) -> Any:
    [fact] = [each for each in facts_found if isinstance(each, kind)]
    return fact


def test_a_discharge_summary_tells_the_patient_the_stay_why_and_what_was_done() -> None:
    summary_facts = facts(SAMPLE)
    assert [type(fact).__name__ for fact in summary_facts] == [
        "PatientDetailsReported",
        "PatientAdmitted",
        "PatientDischarged",
        "DiagnosisRecorded",
        "ProcedureRecorded",
    ]
    patient = summary_facts[0].patient
    assert (patient.name, patient.birth_date, patient.sex) == ("赵秀兰", date(1956, 4, 12), "female")
    assert (patient.phones, patient.address) == (("13900139007",), "北京市朝阳区建国路1号")
    assert [each.system for each in patient.identifiers] == ["MRN:CITY", "NNCHN:CITY"]
    assert patient.identifiers[0].key == identifier_key(KEY, "MRN:CITY", "100777")
    left = one(summary_facts, his.PatientDischarged)
    assert left.at.isoformat() == "2026-03-12T15:00:00+08:00"
    assert left.updated.isoformat() == "2026-03-12T15:30:00+08:00"
    assert (left.visit.department, left.visit.department_name, left.visit.ward) == ("CARDIO", "心脏内科", "W3")
    assert (left.visit.doctor, left.visit.doctor_name, left.visit.number) == ("D017", "李明", "ZY20260309007")
    assert [(each.code, each.text, each.system) for each in left.diagnoses] == [("I21.9", "急性心肌梗死", "I10")]
    assert [each.code for each in one(summary_facts, his.PatientAdmitted).diagnoses] == ["R07.4"]
    assert one(summary_facts, his.ProcedureRecorded).what.code == "36.0601"


def test_the_stay_has_the_same_id_as_hl7_v2_gives_it() -> None:
    naming = Document(KEY, SITE, parse(SAMPLE))
    patient = identifier_key(KEY, "MRN:CITY", "100777")
    visit = one(facts(SAMPLE), his.PatientDischarged).visit
    assert visit.visit_id == naming.visit_key(patient, "ZY20260309007")


def test_without_a_record_number_the_stays_number_stands_for_the_patient() -> None:
    summary_facts = facts(SAMPLE.replace('<id root="2.16.156.10011.1.13" extension="100777"/>', ""))
    assert summary_facts[0].patient.identifiers[0].key == identifier_key(KEY, "MRN:CITY", "ZY20260309007")


def test_a_stay_that_goes_on_is_an_admission_and_the_end_may_stand_in_the_section_only() -> None:
    open_ = SAMPLE.replace('<high value="20260312150000"/>', "")
    assert one(facts(open_), his.PatientDischarged).at.isoformat() == "2026-03-12T15:00:00+08:00"
    goes_on = open_.replace('<value xsi:type="TS" value="20260312150000"/>', "")
    assert not [fact for fact in facts(goes_on) if isinstance(fact, his.PatientDischarged)]
    assert one(facts(goes_on), his.PatientAdmitted)


def test_other_documents_say_nothing_here() -> None:
    assert facts(SAMPLE.replace('code="C0053"', 'code="C0006"')) == []


@pytest.mark.parametrize("prefix", [lambda t: t.replace(' xmlns="urn:hl7-org:v3"', ""), lambda t: prefixed(t)])
def test_prefixes_and_missing_namespaces_make_no_difference(prefix: Callable[[str], str]) -> None:
    assert facts(prefix(SAMPLE)) == facts(SAMPLE)


def prefixed(text: str) -> str:
    import re

    return re.sub(r"<(/?)([A-Za-z])", r"<\1sc:\2", text.split("?>", 1)[1]).replace("xmlns=", "xmlns:sc=")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('code="C0053"', 'code=""', "ClinicalDocument/code"),
        ('extension="CXXJ-20260312-0007"', "", ""),
        ('<effectiveTime value="20260312153000"/>', '<effectiveTime value="soon"/>', "effectiveTime"),
        ("patientRole", "somebody", "patientRole/id"),
    ],
)
def test_what_is_missing_is_named(old: str, new: str, place: str) -> None:
    document = Document(KEY, SITE, parse(SAMPLE.replace(old, new)))
    if not place:
        check(document)  # the root alone numbers it then
        return
    with pytest.raises(Wrong, match=place):
        check(document)


@pytest.mark.parametrize("charset", ["gb2312", "GBK", "GB18030", "utf-8", "utf-16", "windows-1252"])
def test_any_declared_charset_is_read(charset: str) -> None:
    if charset == "windows-1252":
        raw = '<?xml version="1.0" encoding="windows-1252"?><a>café</a>'.encode("cp1252")
        assert text_of(raw) == "<a>café</a>"
        return
    raw = SAMPLE.replace("UTF-8", charset, 1).encode(charset)
    assert facts(text_of(raw)) == facts(SAMPLE)


def test_chinese_without_a_declaration_is_read_and_nonsense_is_refused() -> None:
    assert text_of("<a>出院</a>".encode("gb18030")) == "<a>出院</a>"
    with pytest.raises(NotXml):
        text_of(b"<a>\xff\xff\xff\x81</a>")


@pytest.mark.parametrize("name", ["punycode", "idna", "undefined", "utf-7", "rot13", "unicode_escape", "nonsense"])
def test_a_charset_no_document_has_is_read_as_utf_8(name: str) -> None:
    raw = f'<?xml version="1.0" encoding="{name}"?><a>出院</a>'.encode()
    assert text_of(raw) == "<a>出院</a>"


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, "<a" * 5000, "<a>" * 200 + "</a>" * 200, "", "no", "<a>\x00</a>"])
def test_what_only_an_attacker_or_an_accident_writes_is_refused(text: str) -> None:
    with pytest.raises(NotXml):
        parse(text)


@given(st.text(max_size=200), st.integers(0, len(SAMPLE)), st.integers(0, 200))
def test_whatever_is_done_to_a_document_it_is_read_or_refused(noise: str, at: int, cut: int) -> None:
    try:
        text = text_of((SAMPLE[:at] + noise + SAMPLE[at + cut :]).encode("utf-8", "replace"))
        document = Document(KEY, SITE, parse(text))
        check(document)
        facts(text)
    except (NotXml, Wrong):
        pass


def envelope(inner: str, soap: str = SOAP11, header: str = "") -> bytes:
    return f'<e:Envelope xmlns:e="{soap}"><e:Header>{header}</e:Header><e:Body>{inner}</e:Body></e:Envelope>'.encode()


def test_a_message_is_found_wherever_a_webservice_puts_it() -> None:
    hl7, body = "MSH|^~\\&amp;|HIS", SAMPLE.split("?>", 1)[1]
    for inner, begins in (
        (f"<Send><action>ADT</action><message>{hl7}</message></Send>", b"\xef\xbb\xbfMSH|^~\\&|HIS"),
        (f"<Send xmlns='urn:x'><a><b><![CDATA[{SAMPLE}]]></b></a></Send>", b"<?xml"),
        (f"<Send><m>{base64.b64encode(SAMPLE.encode('gb18030')).decode()}</m></Send>", b"<?xml"),
        (f"<Send>{body}</Send>", b"<"),
        (body, b"<"),
    ):
        called = call(envelope(inner))
        [message] = called.messages
        assert message.startswith(begins), inner[:40]
    assert call(envelope("<Send><user>li</user><x>MSA</x></Send>")).messages == ()


def test_answers_and_faults_speak_the_callers_version_and_escape() -> None:
    asked = call(envelope("<q:Send xmlns:q='urn:x&amp;y'/>", SOAP12))
    answered = parse(answer(asked, "<AA> & so").decode())
    assert "".join(answered.itertext()) == "<AA> & so"
    lines = "MSH|^~\\&|\rMSA|AA|1\r"
    assert "".join(parse(answer(asked, lines).decode()).itertext()) == lines, "segments end with CR"
    assert str(answered[0][0].tag) == "{urn:x&y}SendResponse"
    for soap in (SOAP11, SOAP12):
        assert "no <b>" in "".join(parse(fault(soap, "no <b>").decode()).itertext())
    assert parse(acknowledgement('"<1>"', "AE", "a < b"))[0].get("typeCode") == "AE"


@pytest.mark.parametrize("raw", [b"", b"<a/>", b"<Envelope/>", envelope(""), b"\xff\xfe\x00"])
def test_what_is_no_envelope_is_told_so(raw: bytes) -> None:
    with pytest.raises(NotXml):
        call(raw)
