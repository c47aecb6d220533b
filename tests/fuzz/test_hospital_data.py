"""Resources, documents, rows and answers of hospital systems, damaged: a refusal with a reason, or a result."""

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.his_adapter.formats import meaning
from services.his_adapter.formats.cda.document import Document, Wrong
from services.his_adapter.formats.cda.envelope import call
from services.his_adapter.formats.cda.head import token_in
from services.his_adapter.formats.cda.intake import check
from services.his_adapter.formats.cda.xml import NotXml, parse, text_of
from services.his_adapter.formats.fhir.bundle import problems, unpack
from services.his_adapter.formats.fhir.families import FACTS
from services.his_adapter.formats.fhir.intake import _read
from services.his_adapter.formats.fhir.resource import Invalid, load
from services.his_adapter.formats.fhir.staff import READS
from services.his_adapter.formats.hl7.ack import ack
from services.his_adapter.formats.hl7.client import _answer
from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.formats.queues import ticket as queues
from services.his_adapter.formats.tables.cells import BadRow
from services.his_adapter.formats.tables.definitions import ANYWHERE, FIELDS_OF_ROWS, Table
from services.his_adapter.formats.tables.rows import ROWS, resources
from services.his_adapter.requests.commands import HearAnswer
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.identity import differs
from services.his_adapter.requests.replies import appointment_fields, reply_fields, request_answered, request_id, slots
from shared.contracts.base import changed
from shared.contracts.his_asks import Subject
from tests.fuzz import sample
from tests.his_adapter.test_cda import SAMPLE
from tests.support.fhir import KEY, NOW, SITE, encounter, patient, received
from tests.support.mutations import damaged
from tests.support.nasty import TEXTS

SUBJECT = {"reference": "Patient/p1"}
CODE = {"coding": [{"system": "s", "code": "c", "display": "d"}], "text": "t"}
MONEY = {"value": 1.5, "currency": "CNY"}
RESOURCES: list[dict[str, Any]] = [
    patient(link=[{"other": {"reference": "Patient/p2"}, "type": "replaces"}], address=[{"line": ["a"], "city": "b"}]),
    encounter("finished", reasonCode=[CODE], diagnosis=[{"condition": {"reference": "#c"}}]),
    {"resourceType": "Appointment", "status": "booked", "participant": [{"actor": SUBJECT, "status": "accepted"}]},
    {"resourceType": "DiagnosticReport", "status": "final", "subject": SUBJECT, "code": CODE, "category": [CODE]},
    {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": SUBJECT, "code": CODE},
    {"resourceType": "Condition", "subject": SUBJECT, "code": CODE, "recordedDate": "2026-03-09"},
    {"resourceType": "AllergyIntolerance", "patient": SUBJECT, "code": CODE},
    {"resourceType": "Procedure", "status": "completed", "subject": SUBJECT, "code": CODE},
    {"resourceType": "ChargeItem", "status": "billed", "subject": SUBJECT, "code": CODE, "priceOverride": MONEY},
    {"resourceType": "Invoice", "status": "issued", "subject": SUBJECT, "totalGross": MONEY},
    {"resourceType": "RelatedPerson", "patient": SUBJECT, "relationship": [CODE], "name": [{"family": "李"}]},
    {"resourceType": "Communication", "status": "completed", "subject": SUBJECT, "topic": CODE},
    {"resourceType": "Coverage", "status": "active", "beneficiary": SUBJECT, "payor": [{"display": "x"}]},
    {"resourceType": "Organization", "name": "x", "telecom": [{"system": "phone", "value": "1"}]},
    {"resourceType": "Location", "name": "x", "position": {"latitude": 1.0, "longitude": 2.0}},
    {"resourceType": "Practitioner", "name": [{"family": "李", "given": ["明"]}], "qualification": [{"code": CODE}]},
    {"resourceType": "PractitionerRole", "practitioner": {"reference": "Practitioner/d"}, "specialty": [CODE]},
    {"resourceType": "HealthcareService", "availableTime": [{"daysOfWeek": ["mon"], "availableStartTime": "08:00:00"}]},
    {"resourceType": "ChargeItemDefinition", "url": "u", "status": "active", "code": CODE},
]
ANY = st.sampled_from(RESOURCES).flatmap(lambda one: damaged({"id": "1", **one}))


def sent(value: Any) -> bytes:
    """A value as JSON, special numbers and lone surrogates included."""
    return json.dumps(value).encode()


def test_every_resource_that_is_translated_is_damaged_here() -> None:
    assert {each["resourceType"] for each in RESOURCES} == {*FACTS, *READS}


@sample
@given(ANY)
def test_a_damaged_resource_is_refused_or_told(resource: Any) -> None:
    with suppress(Invalid, meaning.Untranslatable):
        kept = _read(sent(resource))
        message = received(kept)
        read = meaning.entries if meaning.tells_directory("fhir", kept["resourceType"]) else meaning.facts_and_cuts
        read(KEY, SITE, message)


@sample
@given(
    st.lists(ANY, min_size=1, max_size=4).flatmap(
        lambda some: damaged(
            {
                "resourceType": "Bundle",
                "type": "batch",
                "entry": [
                    {"fullUrl": f"urn:uuid:{n}", "resource": each, "request": {"method": "PUT", "url": "Patient/p1"}}
                    for n, each in enumerate(some)
                ],
            },
            st.sampled_from(["DELETE", "Observation/1", "urn:uuid:0", {"reference": "urn:uuid:0"}, "transaction"]),
        )
    )
)
def test_a_damaged_bundle_is_refused_or_unpacked(bundle: Any) -> None:
    with suppress(Invalid):
        assert list(problems(unpack(load(sent(bundle)), "his", KEY))) is not None


SPOILS = st.sampled_from(["<", ">", "&", '"', "'", "</a>", "<a>", "<!--", "\x00", "王", "", "&#0;", "xmlns:a=", "]]>"])
EDITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 30), SPOILS), max_size=8)
WORDS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from([t for t in TEXTS if "\0" not in t])), max_size=5
)


def spoilt(text: str, edits: list[tuple[float, int, str]], words: list[tuple[float, str]]) -> bytes:
    """The text with some attribute values and some characters replaced."""
    for place, word in words:
        at = text.find('="', int(place * len(text)))
        if at >= 0:
            text = f"{text[: at + 2]}{word}{text[text.find(chr(34), at + 2) :]}"
    for place, length, spoil in edits:
        at = int(place * len(text))
        text = text[:at] + spoil + text[at + length :]
    return text.encode(errors="surrogatepass")


@sample
@given(EDITS, WORDS)
def test_a_damaged_document_is_refused_or_told(
    edits: list[tuple[float, int, str]], words: list[tuple[float, str]]
) -> None:
    for raw in (spoilt(SAMPLE, edits, words), spoilt(SAMPLE, [], words)):
        with suppress(NotXml, Wrong, meaning.Untranslatable):
            text = text_of(raw)
            check(Document(KEY, SITE, parse(text)))
            more: dict[str, Any] = {"format": "cda", "message_type": "C0053", "text": text}
            meaning.facts_and_cuts(KEY, SITE, changed(received(patient()), **more))


ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
    '<w:Security xmlns:w="w"><w:UsernameToken><w:Password>t</w:Password></w:UsernameToken></w:Security></e:Header>'
    f"<e:Body><m><message>MSH|^~\\&amp;|HIS</message><b>TVNIfA==</b>{SAMPLE.partition('?>')[2]}</m></e:Body></e:Envelope>"
)


@sample
@given(EDITS, WORDS, st.binary(max_size=40))
def test_a_damaged_envelope_is_refused_or_read(
    edits: list[tuple[float, int, str]], words: list[tuple[float, str]], odd: bytes
) -> None:
    for raw in (spoilt(ENVELOPE, edits, words), odd, ENVELOPE.encode()[:200] + odd):
        token_in(raw)
        with suppress(NotXml):
            call(raw)


ID = request_id("x")
ANSWER = (
    f"MSH|^~\\&|HIS|CITY|CL|CITY|20260309093000||SRR^S01|A1|P|2.5.1\rMSA|AA|{ID}|ok\rERR||SCH^1|204^x|E|||no\rQAK|{ID}|OK\r"
    f"SCH|{ID}|F1|||30|||||30|^^30^20260420090000^20260420093000||||||||||||||BOOKED\rPID|1||100234^^^CITY^MR||王^秀英\r"
    "AIL|1||0301\rAIP|1||D017^李\rZQN|17\rFT1|1|T1||20260309||CG|X^y||||5&CNY|5"
)
HIS = Endpoint(id="his", version=1, takes=("book", "demographics"))
HL7 = st.sampled_from(
    ["|", "^", "~", "\\", "&", "\r", "", '""', "\x00", "-", "9" * 40, "王", "AE", "CA", "PENDING", "²"]
)


@sample
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 9), HL7), max_size=8))
def test_a_damaged_answer_is_heard_or_passed_over(edits: list[tuple[float, int, str]]) -> None:
    raw = spoilt(ANSWER, edits, [])
    message = _answer(raw, ID, "gb18030")
    if message is None:
        return
    assert request_answered(message) in ("", ID)
    for hear in (reply_fields, appointment_fields):
        fields = hear(message, HIS)
        try:
            HearAnswer(id="c", at=NOW, request_id=ID, **fields)
        except ValidationError as error:
            raise AssertionError(fields) from error
    for read in (slots, lambda message, endpoint: differs(message, Subject(number="1", name="王"), endpoint)):
        with suppress(Broken):
            read(message, HIS)  # type: ignore[operator]
    ack(message, "AE", NOW, Broken("x", "PID", 3))


TICKET = {
    "queue": "q",
    "ticket": "t",
    "number": "1",
    "kind": "MR",
    "authority": "CITY",
    "department": "0301",
    "times": {"arrived": "2026-03-09T10:00:00+08:00", "registered": "2026-03-09T10:05:00+08:00"},
}


@sample
@given(damaged(TICKET, st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 1e18])))
def test_a_damaged_ticket_is_refused_or_told(ticket: Any) -> None:
    try:
        ticket_read = queues.Ticket.model_validate_json(sent(ticket))
    except ValidationError:
        return
    text = ticket_read.model_dump_json()
    message = changed(received(patient()), format="queue", message_type="queue", text=text)
    with suppress(meaning.Untranslatable):
        meaning.facts_and_cuts(KEY, SITE, message)


WHOLE = [text for text in TEXTS if text.isprintable() or "\0" in text]
"""No decoder and no driver gives half a character."""
CELLS = st.sampled_from(WHOLE) | st.floats() | st.integers() | st.datetimes() | st.dates() | st.booleans() | st.none()
GOOD = {"amount": "5.00", "starts": "2026-03-09 10:30", "admitted": "2026-03-09", "status": "", "class": "住院"}


@pytest.mark.parametrize("kind", ROWS)
def test_a_damaged_row_is_refused_or_told(kind: str) -> None:
    fields = [*FIELDS_OF_ROWS[kind][0], *FIELDS_OF_ROWS[kind][1], *ANYWHERE]
    table = Table.model_validate({"id": "t", "version": 1, "rows": kind, "columns": {name: name for name in fields}})
    row = {
        **dict.fromkeys(fields, ""),
        **dict.fromkeys(FIELDS_OF_ROWS[kind][0], "1"),
        "name": "王",
        "name_zh": "李",
        **GOOD,
    }

    @sample
    @given(st.dictionaries(st.sampled_from(fields), CELLS, max_size=6))
    def translate(cells: dict[str, Any]) -> None:
        with suppress(BadRow, meaning.Untranslatable):
            for each in resources(KEY, table, "Asia/Shanghai", {**row, **cells}):
                orjson.dumps(each)
                meaning.facts_and_cuts(KEY, SITE, received(each))

    translate()
