"""Given what the hospital told of a patient, when papers are prepared, then they are filled and the gaps are named."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import orjson
import pytest
from pydantic import ValidationError

from services.his_adapter.packets.commands import FillPacket, PreparePacket
from services.his_adapter.packets.definitions import FactSource, Packet, PacketItem
from services.his_adapter.packets.domain import PACKETS
from services.his_adapter.packets.filling import filled as fills
from services.his_adapter.packets.filling import values_of
from shared.contracts import his_adapter as his
from shared.contracts.base import changed, stored
from shared.contracts.facts import Appointment, Coded, Details, Identifier, Payer, Visit
from shared.contracts.his_packets import GapFilled, GapFound, PacketCompleted, PacketPrepared
from shared.definitions import Definitions
from shared.testing import Spec

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
PAPERS = Packet(
    id="discharge",
    version=1,
    items=(
        PacketItem(id="name", titles={"zh": "姓名"}, known="patient.name"),
        PacketItem(id="insurance", titles={"zh": "医保"}, known="coverage.payer", department="INS"),
        PacketItem(id="signature", titles={"zh": "签字"}, department="WARD"),
        PacketItem(id="extra", titles={"zh": "备注"}, required=False),
    ),
)
rules = Spec(PACKETS, Definitions.of(PAPERS))


def prepare(**values: str) -> PreparePacket:
    return PreparePacket(
        id="c", at=NINE, packet_id="k1", person_id="p1", formality="discharge", prepared_by="lin", filled=values
    )


def fill(**values: str) -> FillPacket:
    return FillPacket(id="f", at=NINE, packet_id="k1", filled_by="lin", filled=values)


def test_each_required_item_that_nobody_knows_is_a_gap_with_its_department() -> None:
    prepared = rules.when(prepare(name="王秀英")).then_only(PacketPrepared, GapFound, GapFound)
    assert prepared.one(PacketPrepared).gaps == ("insurance", "signature")
    assert [e.department for e in prepared.events if isinstance(e, GapFound)] == ["INS", "WARD"]
    rules.given(*prepared.events).when(prepare()).then_nothing()
    rules.when(prepare(name="x", insurance="y", signature="z")).then_only(PacketPrepared, PacketCompleted)
    Spec(PACKETS).when(prepare()).rejected("formality-unknown")


def test_gaps_are_filled_one_by_one_until_nothing_is_missing() -> None:
    prepared = rules.when(prepare(name="王秀英")).events
    first = rules.given(*prepared).when(fill(insurance="职工医保", name="other")).then_only(GapFilled).events
    rules.given(*prepared, *first).when(fill(insurance="again")).then_nothing()
    rules.given(*prepared, *first).when(fill(signature="signed")).then_only(GapFilled, PacketCompleted)
    rules.given(*prepared).when(fill(insurance="")).then_nothing()
    rules.given(*prepared).when(fill(nonsense="1")).rejected("item-unknown")
    rules.when(fill(signature="signed")).rejected("packet-unknown")


def filled(packet: Packet, facts: list[his.PatientFact], visit: str, now: datetime) -> dict[str, str]:
    """What a packet is filled with from facts alone."""
    return fills(packet, values_of(facts, visit, now), {})


def test_a_packet_is_filled_by_its_definition_from_what_the_hospital_told_and_by_hand_before_that() -> None:
    facts: dict[FactSource, str] = {"patient.name": "王秀英", "coverage.payer": "职工医保", "patient.sex": "female"}
    asked = changed(prepare(insurance="自费", extra=""), known=facts)
    prepared = rules.when(asked).then_only(PacketPrepared, GapFound).one(PacketPrepared)
    assert (prepared.filled, prepared.gaps) == ({"name": "王秀英", "insurance": "自费"}, ("signature",))
    nothing = changed(prepare(insurance="", signature="signed"), known=facts)
    assert rules.when(nothing).one(PacketPrepared).filled == {
        "name": "王秀英",
        "insurance": "职工医保",
        "signature": "signed",
    }
    rules.when(prepare(nonsense="1")).rejected("item-unknown")


def test_gaps_are_filled_from_what_the_hospital_told_since_and_by_hand_before_that() -> None:
    prepared = rules.when(prepare(name="王秀英")).events
    facts: dict[FactSource, str] = {"patient.name": "other", "coverage.payer": "职工医保"}
    later = rules.given(*prepared).when(changed(fill(signature="signed"), known=facts))
    values = {e.item: e.value for e in later.then_only(GapFilled, GapFilled, PacketCompleted).events[:2]}
    assert values == {"insurance": "职工医保", "signature": "signed"}
    by_hand = rules.given(*prepared).when(changed(fill(insurance="自费"), known=facts))
    assert by_hand.then_only(GapFilled).one(GapFilled).value == "自费"


def test_a_command_of_before_the_hospitals_word_came_apart_fills_as_it_did() -> None:
    written = (
        b'{"id":"c","at":"2026-03-09T09:00:00Z","packet_id":"k1","person_id":"p1","formality":"discharge",'
        b'"prepared_by":"lin","filled":{"name":"Wang","insurance":"x"}}'
    )
    prepared = rules.when(stored(PreparePacket, orjson.loads(written))).one(PacketPrepared)
    assert (prepared.filled, prepared.gaps) == ({"name": "Wang", "insurance": "x"}, ("signature",))


def head(at: datetime, **who: Any) -> dict[str, Any]:
    number = Identifier(system="MRN:CITY", key="k", value="100234")
    return {"at": at, "patient_key": "k", "message_id": f"m{at}", "patient": Details(identifiers=(number,), **who)}


def story() -> list[his.PatientFact]:
    old, new = (
        Visit(visit_id=id, number=id.upper(), department="CARD", department_name="心内科", ward="W3") for id in "ab"
    )
    day = timedelta(days=1)
    heart, pain = Coded(code="I21.9", text="急性心肌梗死"), Coded(text="胸痛")
    booked = Appointment(appointment_id="x", starts=NINE + 20 * day)
    gone = Appointment(appointment_id="y", starts=NINE + 9 * day)
    return [
        his.PatientAdmitted(**head(NINE - 90 * day, name="王秀"), visit=old, diagnoses=(pain,)),
        his.PatientDischarged(**head(NINE - 80 * day), visit=old),
        his.PatientAdmitted(**head(NINE, name="王秀英", birth_date=date(1956, 4, 12)), visit=new, diagnoses=(pain,)),
        his.PatientDischarged(**head(NINE + 3 * day, phones=("138",)), visit=new, diagnoses=(heart,)),
        his.CoverageReported(
            **head(NINE), coverage=Payer(coverage_id="c", payer="01", payer_name="职工医保", number="7")
        ),
        his.AppointmentBooked(**head(NINE), appointment=gone),
        his.AppointmentCancelled(**head(NINE + day), appointment=gone),
        his.AppointmentBooked(**head(NINE), appointment=booked),
        his.ReportReady(**head(NINE - 85 * day), report_id="r0", category="document", title="旧小结"),
        his.ReportReady(**head(NINE + 3 * day), report_id="r1", category="document", title="出院小结"),
    ]


EVERYTHING = Packet(
    id="all",
    version=1,
    items=tuple(
        PacketItem(id=name.replace(".", "-").replace("_", "-"), titles={}, known=name) for name in get_args(FactSource)
    ),
)


def test_everything_the_hospital_told_is_filled_in_and_the_latest_stay_counts() -> None:
    values = filled(EVERYTHING, story(), "", NINE + timedelta(days=4))
    assert values == {
        "patient-name": "王秀英",
        "patient-birth-date": "1956-04-12",
        "patient-phone": "138",
        "patient-record-number": "100234",
        "visit-number": "B",
        "visit-department": "心内科",
        "visit-ward": "W3",
        "visit-admitted": "2026-03-09T09:00+00:00",
        "visit-discharged": "2026-03-12T09:00+00:00",
        "visit-diagnoses": "I21.9 急性心肌梗死",
        "coverage-payer": "职工医保",
        "coverage-number": "7",
        "appointment-next": "2026-03-29T09:00+00:00",
        "report-document": "出院小结",
    }


def test_a_former_stay_may_be_asked_for_and_what_is_past_is_no_next_appointment() -> None:
    values = filled(EVERYTHING, story(), "A", NINE + timedelta(days=400))
    assert (values["visit-number"], values["visit-diagnoses"]) == ("A", "胸痛")
    assert "appointment-next" not in values
    assert filled(EVERYTHING, [], "", NINE) == {}


def test_what_was_taken_back_is_not_on_paper() -> None:
    facts, day = story(), timedelta(days=1)
    stay = facts[3].visit  # type: ignore[attr-defined]
    back_in = his.VisitCancelled(**head(NINE + 4 * day), visit=stay, undoes="discharge")
    assert "visit-discharged" not in filled(EVERYTHING, [*facts, back_in], "", NINE + 5 * day)
    never = his.VisitCancelled(**head(NINE + 4 * day), visit=stay, undoes="admission")
    assert filled(EVERYTHING, [*facts, never], "", NINE + 5 * day)["visit-number"] == "A"
    again = his.PatientDischarged(**head(NINE + 6 * day), visit=stay)
    values = filled(EVERYTHING, [*facts, back_in, again], "", NINE + 7 * day)
    assert values["visit-discharged"].startswith("2026-03-15")


def test_who_a_patient_is_and_how_they_are_reached_is_filled_in() -> None:
    numbers = (
        Identifier(system="MRN:CITY", key="k", value="100234"),
        Identifier(system="NI:NAT", key="n", value="11010519491231002X"),
    )
    who = Details(identifiers=numbers, sex="female", email="w@x.example", address="建国路1号")
    values_of = his.PatientDetailsReported(at=NINE, patient_key="k", message_id="m", patient=who)
    values = filled(EVERYTHING, [values_of], "", NINE)
    child = changed(who, identifiers=(Identifier(system="NNCHN:NAT", key="n", value="7"),))
    assert filled(EVERYTHING, [changed(values_of, patient=child)], "", NINE)["patient-national-id"] == "7"
    assert values == {
        "patient-sex": "female",
        "patient-email": "w@x.example",
        "patient-address": "建国路1号",
        "patient-record-number": "100234",
        "patient-national-id": "11010519491231002X",
    }


def test_the_newest_word_on_each_field_of_a_patient_and_of_a_stay_counts_and_what_is_left_out_stays() -> None:
    stay, hour = Visit(visit_id="a", department="CARD", ward="W3", doctor="D1"), timedelta(hours=1)
    moved = Visit(visit_id="a", ward="W4")
    silent = Details(phones=(), name="王秀兰")
    facts = [
        his.PatientTransferred(at=NINE + hour, patient_key="k", message_id="m", patient=silent, visit=moved),
        his.PatientAdmitted(**head(NINE, name="王秀英", phones=("138",)), visit=stay),
    ]
    values = filled(EVERYTHING, facts, "", NINE)
    assert (values["patient-name"], values["patient-phone"], values["patient-record-number"]) == (
        "王秀兰",
        "138",
        "100234",
    )
    assert (values["visit-ward"], values["visit-doctor"], values["visit-admitted"]) == (
        "W4",
        "D1",
        "2026-03-09T09:00+00:00",
    )


def test_the_newest_coverage_the_last_admission_and_the_next_appointment_count() -> None:
    day, stay = timedelta(days=1), Visit(visit_id="a")
    payers = [(NINE, "01"), (NINE + day, "02"), (NINE - day, "03")]
    starts = {"x": NINE + 3 * day, "y": NINE + 2 * day, "z": NINE}
    facts = [
        *(his.CoverageReported(**head(at), coverage=Payer(coverage_id=code, payer=code)) for at, code in payers),
        *(his.PatientAdmitted(**head(at), visit=stay) for at in (NINE, NINE + day, NINE - day)),
        *(
            his.AppointmentBooked(**head(NINE), appointment=Appointment(appointment_id=id, starts=at))
            for id, at in starts.items()
        ),
    ]
    values = filled(EVERYTHING, facts, "", NINE)
    assert values["coverage-payer"] == "02"
    assert values["visit-admitted"] == "2026-03-10T09:00+00:00"
    assert values["appointment-next"] == "2026-03-11T09:00+00:00"


def test_an_outpatient_was_admitted_when_the_visit_was_registered_and_every_diagnosis_is_named() -> None:
    stay, day = Visit(visit_id="a"), timedelta(days=1)
    registered = his.VisitRegistered(**head(NINE), visit=stay)
    assert filled(EVERYTHING, [registered], "", NINE)["visit-admitted"] == "2026-03-09T09:00+00:00"
    several = (Coded(code="I21.9", text="急性心肌梗死"), Coded(text="胸痛"))
    left = his.PatientDischarged(**head(NINE + day), visit=stay, diagnoses=several)
    assert filled(EVERYTHING, [registered, left], "", NINE)["visit-diagnoses"] == "I21.9 急性心肌梗死; 胸痛"


def test_a_discharge_is_undone_by_the_last_word_of_one_time_too() -> None:
    stay, day = Visit(visit_id="a"), timedelta(days=1)
    left = his.PatientDischarged(**head(NINE + 2 * day), visit=stay)
    undone = [his.VisitCancelled(**head(NINE + number * day), visit=stay, undoes="discharge") for number in (2, 1)]
    assert "visit-discharged" not in filled(EVERYTHING, [left, *undone], "", NINE)
    assert "visit-discharged" in filled(EVERYTHING, [left, undone[1]], "", NINE)


def test_what_has_no_name_is_filled_in_by_its_code() -> None:
    stay = Visit(visit_id="a", department="CARD", doctor="D017")
    facts = [
        his.PatientAdmitted(**head(NINE), visit=stay),
        his.CoverageReported(**head(NINE), coverage=Payer(coverage_id="c", payer="01")),
    ]
    values = filled(EVERYTHING, facts, "", NINE)
    assert (values["visit-department"], values["visit-doctor"], values["coverage-payer"]) == ("CARD", "D017", "01")
    assert {"visit-number", "coverage-number"} & values.keys() == set()
    named = changed(stay, doctor_name="王医生")
    assert filled(EVERYTHING, [changed(facts[0], visit=named)], "", NINE)["visit-doctor"] == "王医生"


def test_a_document_of_before_the_stay_and_a_result_that_is_none_are_not_filled_in() -> None:
    stay, day = Visit(visit_id="a", number="A"), timedelta(days=1)
    admitted = his.PatientAdmitted(**head(NINE), visit=stay)
    old = his.ReportReady(**head(NINE - day), report_id="r0", category="document", title="旧小结")
    result = his.ReportReady(**head(NINE + day), report_id="r1", category="laboratory", title="血常规")
    untitled = his.ReportReady(**head(NINE + day), report_id="r2", category="document")
    left = his.PatientDischarged(**head(NINE + 2 * day), visit=stay)
    within = changed(old, at=NINE + day, report_id="r3", title="病程")
    assert filled(EVERYTHING, [admitted, left, within], "", NINE)["report-document"] == "病程"
    assert "report-document" not in filled(EVERYTHING, [admitted, old, result, untitled], "", NINE + 2 * day)
    assert filled(EVERYTHING, [old], "", NINE)["report-document"] == "旧小结"


def test_of_an_erased_patient_nothing_personal_is_filled_in() -> None:
    gone = Details(identifiers=(Identifier(system="MRN:CITY", key="k"),))
    values_of = his.PatientAdmitted(at=NINE, patient_key="k", message_id="m", patient=gone, visit=Visit(visit_id="a"))
    assert filled(EVERYTHING, [values_of], "", NINE) == {"visit-admitted": "2026-03-09T09:00+00:00"}


def test_an_item_that_is_always_given_by_hand_is_never_filled_in() -> None:
    assert filled(PAPERS, story(), "", NINE) == {"name": "王秀英", "insurance": "职工医保"}


def test_an_item_stands_once_in_a_packet() -> None:
    with pytest.raises(ValidationError, match="twice"):
        Packet(id="x", version=1, items=(PAPERS.items[0], PAPERS.items[0]))
