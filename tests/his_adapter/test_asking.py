"""What we write, the local hospital reads with another library; what it answers, we understand."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from deploy.simulators.hospital.books import SLOT, KnownPatient, SimulatedBooks
from deploy.simulators.hospital.desk import Desk, get
from services.his_adapter.formats.hl7.message import Hl7Message, parse
from services.his_adapter.requests import replies
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.identity import differs
from services.his_adapter.requests.writing import Writer
from shared.contracts.base import changed
from shared.contracts.his_asks import Ask, Subject
from tests.conftest import SHANGHAI

MONDAY = datetime(2026, 3, 9, 8, tzinfo=SHANGHAI)
TEN = MONDAY.replace(hour=10)
HIS = Endpoint(
    id="his",
    version=1,
    takes=("slots", "demographics", "book", "move", "cancel", "register", "bed", "bill", "report"),
    codes={"CARDIO": "CARD"},
)
WANG = Subject(number="100234", authority="CITY-HOSPITAL", name="王秀英", birth_date=date(1956, 4, 12))
ID = replies.request_id("a call")
writer = Writer(HIS, "DEFAULT", MONDAY)


def an(action: str, **fields: Any) -> Ask:
    ask: Ask = TypeAdapter(Ask).validate_python({"action": action, **fields})
    return ask


def at(starts: datetime) -> dict[str, Any]:
    return {"starts": starts, "department": "CARDIO"}


def put(desk: Desk, raw: bytes) -> Hl7Message:
    return parse(desk.answer(hl7.parse(raw.decode())))


def asked(desk: Desk, ask: Ask, id: str = ID) -> dict[str, Any]:
    return replies.reply_fields(put(desk, writer.request(id, WANG, ask)), HIS)


@pytest.fixture
def desk() -> Desk:
    return Desk(SimulatedBooks(), lambda: MONDAY)


def test_open_times_are_found_by_clinic_and_day_in_our_own_codes(desk: Desk) -> None:
    def slots(department: str, doctor: str, days: int) -> list[Any]:
        raw = writer.slots(f"Q{department}{doctor}", department, doctor, MONDAY, MONDAY + timedelta(days=days))
        return replies.slots(put(desk, raw), HIS)

    cardiology = slots("CARDIO", "", 1)
    assert [slot.starts for slot in cardiology][:2] == [MONDAY.replace(hour=9), MONDAY.replace(hour=9, minute=30)]
    assert {(slot.department, slot.doctor, slot.doctor_name, slot.minutes) for slot in cardiology} == {
        ("CARDIO", "D017", "李明", 30)
    }
    assert {slot.department for slot in slots("", "D021", 1)} == {"ORTH"}
    none = put(desk, writer.slots("Q2", "NONE", "", MONDAY, MONDAY + SLOT))
    assert replies.reply_fields(none, HIS)["reason"] == "not-found"


def test_a_booking_is_numbered_by_both_sides_and_its_time_is_gone(desk: Desk) -> None:
    answer = asked(desk, an("book", slot=at(TEN), reason="复诊"))["answer"]
    assert (answer.starts, answer.department, answer.doctor) == (TEN, "CARDIO", "D017")
    [appointment] = desk.books.appointments.values()
    assert (appointment.placer, appointment.number, appointment.patient) == (ID, answer.filler, "100234")
    second = asked(desk, an("book", slot=at(TEN)), replies.request_id("another call"))
    assert (second["outcome"], second["reason"], second["detail"]) == ("refused", "refused-by-hospital", "该时段已约满")


def test_the_same_control_id_is_the_same_booking(desk: Desk) -> None:
    first, again = (asked(desk, an("book", slot=at(TEN))) for _ in range(2))
    assert first == again
    assert len(desk.books.appointments) == 1


def test_an_appointment_moves_and_is_cancelled_by_either_number(desk: Desk) -> None:
    booked = asked(desk, an("book", slot=at(TEN)))["answer"]
    move = an("move", appointment={"filler": booked.filler}, slot=at(TEN + SLOT))
    assert asked(desk, move, replies.request_id("move"))["answer"].starts == TEN + SLOT
    cancel = an("cancel", appointment={"placer": ID}, reason="出差")
    assert asked(desk, cancel, replies.request_id("cancel"))["outcome"] == "accepted"
    assert desk.books.appointments[booked.filler].status == "Cancelled"
    assert asked(desk, cancel, replies.request_id("cancel again"))["outcome"] == "refused"


def test_a_registration_comes_back_with_the_number_in_the_queue(desk: Desk) -> None:
    register = an("register", department="CARDIO", reason="胸闷")
    numbers = [asked(desk, register, replies.request_id(f"{n}"))["answer"].queue_number for n in range(2)]
    assert numbers == ["C001", "C002"]
    assert [get(hl7.parse(news), "MSH", 9, 2) for news in desk.news] == ["A04", "A04"]


def test_a_bed_is_asked_for(desk: Desk) -> None:
    bed = an("bed", department="CARDIO", wanted="2026-03-11", diagnosis={"code": "I21.9", "system": "I10"})
    assert asked(desk, bed)["outcome"] == "accepted"
    assert desk.books.beds == {ID: "CARD"}
    assert asked(desk, an("bed", department="NONE", wanted="2026-03-11"), ID[:-1] + "A")["outcome"] == "refused"


def test_a_bill_is_read_line_by_line_exactly(desk: Desk) -> None:
    desk.books.bills["100234"] = [("CT-1", "胸部CT", "380.10"), ("LAB-2", "血常规", "25.00")]
    lines = asked(desk, an("bill"))["answer"].bill
    assert [(line.charge, line.what.text, line.amount) for line in lines] == [
        ("CT-1", "胸部CT", Decimal("380.10")),
        ("LAB-2", "血常规", Decimal("25.00")),
    ]


def test_findings_go_back_whole_and_escaped(desk: Desk) -> None:
    observations = [
        {"code": "NRS", "title": "疼痛", "value": "7|10^a&b~c\\d", "abnormal": True},
        {"code": "SLEEP", "value": "差"},
    ]
    report = an("report", title="出院随访", observed=MONDAY, observations=observations)
    raw = writer.request(ID, WANG, report)
    assert replies.reply_fields(put(desk, raw), HIS)["outcome"] == "accepted"
    assert parse(raw.decode()).first("OBX").get(5) == "7|10^a&b~c\\d"
    assert [(patient, code) for patient, code, _ in desk.books.findings] == [("100234", "NRS"), ("100234", "SLEEP")]


@pytest.mark.parametrize(
    ("subject", "wrong"),
    [
        (WANG, []),
        (changed(WANG, name=" 王 秀英"), []),
        (changed(WANG, name="王秀兰"), ["name"]),
        (changed(WANG, birth_date=date(1956, 4, 13)), ["birth_date"]),
        (changed(WANG, name=None, birth_date=None), ["name", "birth_date"]),
    ],
)
def test_who_asks_must_be_whom_the_hospital_holds_under_that_number(
    desk: Desk, subject: Subject, wrong: list[str]
) -> None:
    answer = put(desk, writer.demographics("Q1", subject))
    assert differs(answer, subject, HIS) == wrong


def test_a_phone_is_compared_by_its_last_digits_and_a_western_name_in_any_order(desk: Desk) -> None:
    checks = changed(HIS, identity=("name", "phone"))
    desk.books.patients["7"] = KnownPatient("Smith-Jones Mary Ann", date(1970, 1, 1), "+86 138-0013-8000")
    mary = Subject(number="7", name="mary ann SMITH-JONES", phone="13800138000")
    answer = put(desk, writer.demographics("Q1", mary))
    text = "\r".join("^".join(s) if s[0] == "x" else "|".join(s) for s in answer.segments)
    answer = parse(text.replace("S^mith-Jones Mary Ann", "Smith-Jones^Mary Ann"))
    assert differs(answer, mary, checks) == []
    assert differs(answer, changed(mary, phone="13800138001"), checks) == ["phone"]
    assert differs(answer, changed(mary, phone=""), checks) == ["phone"]


def test_a_number_nobody_has_is_not_found(desk: Desk) -> None:
    answer = put(desk, writer.demographics("Q1", Subject(number="999")))
    assert replies.reply_fields(answer, HIS) == {"outcome": "refused", "reason": "not-found", "detail": None}


@pytest.mark.parametrize(
    ("lines", "outcome", "reason"),
    [
        ("MSA|CA|1", "received", None),
        ("MSA|AA|1\rSCH|1|2" + "|" * 23 + "Pending", "received", None),
        ("MSA|AA|1\rSCH|1|2" + "|" * 23 + "Cancelled", "refused", "refused-by-hospital"),
        ("MSA|AE|1\rERR|||207^busy^HL70357|E", "trouble", "hospital-busy"),
        ("MSA|AR|1|not for us", "refused", "refused-by-hospital"),
        ("MSA|CR|1", "refused", "refused-by-hospital"),
        ("MSA|??|1", "trouble", "answer-unreadable"),
        ("EVN|A01", "trouble", "answer-unreadable"),
        ("MSA|AA|1\rFT1|1||||||||||viel", "accepted", "answer-unreadable"),
        ("MSA|AA|1\rFT1|1", "accepted", "answer-unreadable"),
    ],
)
def test_what_an_answer_means(lines: str, outcome: str, reason: str | None) -> None:
    message = parse(f"MSH|^~\\&|HIS|||||| SRR^S01|9|P|2.5\r{lines}".replace(" SRR", "SRR"))
    fields = replies.reply_fields(message, HIS)
    assert (fields["outcome"], fields.get("reason")) == (outcome, reason)


def test_a_bill_that_cannot_be_read_is_no_bill_of_nothing() -> None:
    head = "MSH|^~\\&|HIS||||||RSP^K11|9|P|2.5\rMSA|AA|1\rQAK|1|OK\r"
    fields = replies.reply_fields(parse(f"{head}FT1|1|CT-1"), HIS)
    assert (fields["outcome"], fields["reason"]) == ("refused", "answer-unreadable")
    counted = replies.reply_fields(parse(f"{head}FT1|1|CT-1||||||||2||12.50"), HIS)
    assert [line.amount for line in counted["answer"].bill] == [Decimal("25.00")]


def test_an_appointment_message_answers_the_request_that_placed_it(desk: Desk) -> None:
    asked(desk, an("book", slot=at(TEN)))
    siu = parse(desk.news[0])
    assert replies.request_answered(siu) == ID
    assert replies.appointment_fields(siu, HIS)["answer"].starts == TEN
    gone = parse(desk.news[0].replace("SIU^S12", "SIU^S15"))
    assert replies.appointment_fields(gone, HIS)["reason"] == "cancelled-by-hospital"
    assert replies.request_answered(parse(desk.news[0].replace(ID, "4711"))) == ""


@given(st.text(max_size=60), st.text(max_size=60), st.dates(date(1900, 1, 1)))
def test_any_words_survive_the_way_there(name: str, reason: str, born: date) -> None:
    clean = "".join(c for c in reason if c.isprintable() and not "\ud800" <= c <= "\udfff").strip()
    who = "".join(c for c in name if c.isprintable() and not "\ud800" <= c <= "\udfff").strip()
    subject = Subject(number="1", name=who or None, birth_date=born)
    ask = an("book", slot=at(TEN), reason=clean or None)
    back = parse(writer.request(ID, subject, ask).decode())
    assert back.get("PID-5") == ("" if who == '""' else who)
    assert back.get("ARQ-6") == ("" if clean == '""' else clean)
    assert back.get("PID-7") == f"{born:%Y%m%d}"


def test_gb18030_and_enhanced_mode_are_written_as_the_endpoint_wants_them() -> None:
    old = changed(HIS, charset="GB18030", enhanced=True, hl7_version="2.3")
    does, asks = (
        parse(Writer(old, "DEFAULT", MONDAY).request(ID, WANG, ask).decode("gb18030")).first("MSH")
        for ask in (an("register", department="CARDIO"), an("bill"))
    )
    assert [does.get(n) for n in (10, 12, 15, 16, 18)] == [ID, "2.3", "AL", "AL", "GB18030"]
    assert [asks.get(n) for n in (15, 16)] == ["", ""], "a question is answered where it was asked"


def test_an_endpoint_that_checks_identity_must_be_able_to() -> None:
    with pytest.raises(ValidationError, match="demographics"):
        Endpoint(id="his", version=1, takes=("book",))
    assert Endpoint(id="his", version=1, takes=("book",), identity=()).takes == ("book",)
