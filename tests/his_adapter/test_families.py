"""Each family of messages in our words. A specification for the interface engineer."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7 import translate
from services.his_adapter.formats.hl7.message import Broken, parse
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from tests.conftest import SHANGHAI
from tests.his_adapter.test_translate import KEY, SITE, facts, message
from tests.support.hl7 import segment

BARE = {"EVN": "", "PV1": "", "DG1": ""}
SCH = segment("SCH", {1: "P1", 2: "F1", 7: "CHK^复查", 11: "^^30^20260420090000^20260420093000"})


def obr(status: str = "F", filler: str = "F7") -> str:
    """A result's header."""
    return segment("OBR", {2: "P7", 3: filler, 4: "LIPID^血脂", 24: "LAB", 25: status})


def obx(flag: str, status: str, value: str = "4.9") -> str:
    """A value."""
    return segment("OBX", {2: "NM", 3: "LDL", 5: value, 8: flag, 11: status})


def one(kind: str, *lines: str, **segments: str) -> Any:
    """The single fact of a message without EVN, PV1 and DG1, with these lines at its end."""
    [fact] = facts("\r".join([message(kind, **{**BARE, **segments}), *lines]))
    return fact


@pytest.mark.parametrize(
    ("event", "model"),
    [
        ("S12", his.AppointmentBooked),
        ("S13", his.AppointmentBooked),
        ("S14", his.AppointmentMoved),
        ("S15", his.AppointmentCancelled),
        ("S16", his.AppointmentCancelled),
        ("S17", his.AppointmentCancelled),
        ("S18", his.AppointmentMoved),
        ("S26", his.AppointmentMissed),
    ],
)
def test_every_scheduling_event_is_a_change_of_the_same_appointment(event: str, model: type) -> None:
    fact = one(f"SIU^{event}", SCH, "AIP|1||D9^赵^敏", "AIL|1||0301^^^CITY")
    assert isinstance(fact, model)
    booked = fact.appointment
    assert booked.appointment_id == one("SIU^S12", SCH).appointment.appointment_id
    assert booked.starts == datetime(2026, 4, 20, 9, tzinfo=SHANGHAI)
    assert (booked.doctor, booked.doctor_name, booked.department, booked.reason) == ("D9", "赵敏", "CARD", "复查")


def test_a_booking_without_a_time_is_refused_and_a_cancellation_is_not() -> None:
    with pytest.raises(Broken, match=r"SCH-11\.4"):
        one("SIU^S12", "SCH|P1|F1")
    assert one("SIU^S15", "SCH|P1|F1").appointment.starts is None


@pytest.mark.parametrize(
    ("segment", "starts"),
    [("TQ1|1||||||20260421100000", 21), ("AIS|1||ECHO|20260422100000", 22), ("AIL|1||R1|||20260423100000", 23)],
)
def test_the_time_of_an_appointment_is_found_where_systems_write_it(segment: str, starts: int) -> None:
    assert one("SIU^S12", "SCH|P1|F1", segment).appointment.starts.day == starts


def test_a_report_is_told_by_headline_and_flags_never_by_value() -> None:
    fact = one("ORU^R01", obr(), obx("H", "F"), obx("HH", "F", "6.9"))
    assert isinstance(fact, his.ReportReady)
    assert (fact.title, fact.category, fact.status, fact.abnormal, fact.critical) == (
        "血脂",
        "LAB",
        "final",
        True,
        True,
    )
    assert "4.9" not in fact.model_dump_json()


@pytest.mark.parametrize(
    ("whole", "value", "status"),
    [
        ("P", "F", "preliminary"),
        ("C", "F", "corrected"),
        ("X", "", "cancelled"),
        ("", "F", "final"),
        ("", "P", "preliminary"),
        ("", "C", "corrected"),
    ],
)
def test_the_status_is_obr_25_else_that_of_its_values(whole: str, value: str, status: str) -> None:
    fact = one("ORU^R01", obr(whole), obx("N", value))
    assert (fact.status, fact.abnormal) == (status, False)


def test_what_has_no_result_yet_is_no_report() -> None:
    assert facts("\r".join([message("ORU^R01", **BARE), obr("I")])) == []


def test_two_patients_in_one_result_message_get_a_report_each() -> None:
    other = "PID|2||200999^^^CITY^MR||李^四"
    reports = facts("\r".join([message("ORU^R01", **BARE), obr(), other, obr(filler="F8")]))
    assert [fact.patient.name for fact in reports] == ["王秀英", "李四"]


@pytest.mark.parametrize(
    ("control", "progress", "status"),
    [
        ("NW", "", "active"),
        ("CA", "", "revoked"),
        ("HD", "", "on-hold"),
        ("SC", "CM", "completed"),
        ("XX", "", "active"),
    ],
)
def test_an_order_says_what_is_booked_and_where_it_stands(control: str, progress: str, status: str) -> None:
    orc = f"ORC|{control}|P7|F7||{progress}||^^^20260310080000"
    fact = one("ORM^O01", orc, segment("OBR", {2: "P7", 4: "MRI^头颅核磁", 24: "RAD"}))
    assert isinstance(fact, his.OrderPlaced)
    assert (fact.status, fact.category, fact.what.text) == (status, "RAD", "头颅核磁")
    assert fact.scheduled == datetime(2026, 3, 10, 8, tzinfo=SHANGHAI)


def test_each_order_of_a_message_is_one_of_its_own() -> None:
    lines = ["ORC|NW|A1", "OBR|1|A1||X^甲", "OBR|2|A2||Y^乙", "ORC|NW|A3", "OBR|3|A3||Z^丙"]
    orders: Any = facts("\r".join([message("OML^O21", **BARE), *lines]))
    assert [order.what.text for order in orders] == ["甲", "乙", "丙"]
    assert len({order.order_id for order in orders}) == 3


def test_a_charge_is_a_decimal_with_its_currency_and_a_credit_is_negative() -> None:
    charge = {2: "T1", 6: "CG", 7: "CT^头颅CT", 10: "1", 11: "350.50&CNY", 13: "0301"}
    translated: Any = facts("\r".join([message("DFT^P03", **BARE), segment("FT1", charge)]))
    assert isinstance(translated[0], his.PatientDetailsReported)
    assert (translated[1].amount, translated[1].currency, translated[1].what.text) == (
        Decimal("350.50"),
        "CNY",
        "头颅CT",
    )
    credit: Any = facts(
        "\r".join([message("DFT^P03", **BARE), segment("FT1", {**charge, 6: "CD", 11: "", 12: "5", 10: "2"})])
    )
    assert credit[1].amount == -10


@pytest.mark.parametrize("charge", [{6: "PY", 11: "5"}, {6: "CG"}, {6: "XX", 11: "5"}])
def test_payments_and_charges_without_an_amount_are_no_charges(charge: dict[int, str]) -> None:
    assert len(facts("\r".join([message("DFT^P03", **BARE), segment("FT1", {2: "T1", **charge})]))) == 1


@pytest.mark.parametrize(
    ("event", "txa", "status"),
    [("T02", "AU", "final"), ("T02", "DI", "preliminary"), ("T10", "AU", "corrected"), ("T11", "AU", "cancelled")],
)
def test_a_document_is_ready_changed_or_withdrawn(event: str, txa: str, status: str) -> None:
    fact = one(f"MDM^{event}", segment("TXA", {2: "DS^出院小结", 12: "DOC1", 17: txa}))
    assert (fact.title, fact.category, fact.status) == ("出院小结", "document", status)


def test_diagnoses_allergies_procedures_and_payers_are_facts_of_their_own() -> None:
    lines = [
        "AL1|1|DA|PCN^青霉素",
        "PR1|1||88.72^心脏超声",
        segment("IN1", {2: "BASIC", 3: "YB", 4: "市医保", 12: "20260101"}),
    ]
    translated = facts("\r".join([message("ADT^A08"), *lines]))
    kinds: list[Callable[..., object]] = [
        his.PatientDetailsReported,
        his.VisitUpdated,
        his.DiagnosisRecorded,
        his.AllergyRecorded,
        his.ProcedureRecorded,
        his.CoverageReported,
    ]
    assert [type(fact) for fact in translated] == kinds
    removed: Any = facts(message("ADT^A08", DG1=segment("DG1", {3: "I21.9^急性心肌梗死", 21: "D"})))
    assert (removed[2].item_id, removed[2].status) == (translated[2].item_id, "entered-in-error")  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["ADT^A18", "ADT^A34", "ADT^A40", "ADT^A47"])
def test_a_merge_names_the_number_that_stays_and_those_that_go(kind: str) -> None:
    fact = one(kind, "MRG|OLD1^^^CITY^MR~OLD2^^^CITY^MR")
    assert isinstance(fact, his.PatientsLinked)
    assert fact.patient_key == one("ADT^A28").patient_key
    assert ([other.value for other in fact.others], fact.retired) == (["OLD1", "OLD2"], True)


def test_several_merges_in_one_message_are_told_apart() -> None:
    lines = ["MRG|OLD1^^^CITY^MR", "PID|2||300^^^CITY^MR||李^四", "MRG|OLD3^^^CITY^MR"]
    merges: Any = facts("\r".join([message("ADT^A40", **BARE), *lines]))
    assert [[other.value for other in fact.others] for fact in merges] == [["OLD1"], ["OLD3"]]


def test_a_link_and_its_undoing_speak_of_the_same_pair_whichever_comes_first() -> None:
    mine, other = "PID|1||100234^^^CITY^MR", "PID|2||300^^^CITY^MR"
    [linked] = facts("\r".join([message("ADT^A24", **BARE, PID=mine), other]))
    [undone] = facts("\r".join([message("ADT^A37", **BARE, PID=other), mine]))
    assert isinstance(linked, his.PatientsLinked)
    assert isinstance(undone, his.PatientsUnlinked)
    assert (linked.patient_key, linked.others) == (undone.patient_key, undone.others)


def test_a_death_is_a_fact_of_its_own() -> None:
    dead = segment("PID", {3: "100234^^^CITY^MR", 29: "20260309", 30: "Y"})
    assert [type(fact) for fact in facts(message("ADT^A31", **BARE, PID=dead))][1:] == [his.PatientDied]


@pytest.mark.parametrize(
    ("death_day", "since"),
    [
        ("20260309", date(2026, 3, 9)),
        ("202603092130", datetime(2026, 3, 9, 21, 30, tzinfo=SHANGHAI)),
    ],
)
def test_a_death_of_which_only_the_day_is_told_has_a_day_and_no_hour(death_day: str, since: date) -> None:
    dead = segment("PID", {3: "100234^^^CITY^MR", 29: death_day, 30: "Y"})
    [death] = [fact for fact in facts(message("ADT^A31", **BARE, PID=dead)) if isinstance(fact, his.PatientDied)]
    assert (death.since, type(death.since)) == (since, type(since))


@pytest.mark.parametrize("kind", ["ADT^A29", "ADT^A41", "ADT^A43", "ADT^A45"])
def test_what_would_mix_up_two_patients_is_refused_with_what_to_do(kind: str) -> None:
    with pytest.raises(Broken, match=kind.partition("^")[2]):
        facts(message(kind, **BARE))


@pytest.mark.parametrize(("dates", "day"), [("month-first", "2025-02-01"), ("day-first", "2025-01-02")])
def test_dates_with_slashes_mean_what_the_site_says(dates: Any, day: str) -> None:
    site = changed(SITE, dates=dates)
    translated = translate.facts(
        KEY, site, parse(message("ADT^A28", **{**BARE, "EVN": "EVN|A28|02/01/2025 14:30:00"})), "m"
    )
    assert [fact.at.isoformat()[:16] for fact in translated or []] == [f"{day}T14:30"]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026", "2026-01-01T00:00:00+08:00"),
        ("20260309", "2026-03-09T00:00:00+08:00"),
        ("202603090930", "2026-03-09T09:30:00+08:00"),
        ("20260309093015.123+0000", "2026-03-09T09:30:15.123000+00:00"),
        ("2026-03-09T09:30:15Z", "2026-03-09T09:30:15+00:00"),
        ("2026-03-09 09:30:15", "2026-03-09T09:30:15+08:00"),
        ("202603090930+0800", "2026-03-09T09:30:00+08:00"),
    ],
)
def test_times_are_read_in_every_precision_and_in_iso_8601(text: str, iso: str) -> None:
    assert one("ADT^A28", EVN=f"EVN|A28|{text}").at.isoformat() == iso


def test_a_site_without_a_definition_maps_nothing() -> None:
    translated = translate.facts(KEY, Site(id="x", version=1, authority="X"), parse(message()), "m")
    assert translated[0].visit.department == "0301"  # type: ignore[attr-defined]
