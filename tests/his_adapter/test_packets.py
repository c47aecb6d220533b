"""Given what the hospital told of a patient, when papers are prepared, then they are filled and the gaps are named."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from services.his_adapter.packets.definition import Item, Known, Packet
from services.his_adapter.packets.domain import PACKETS, FillPacket, PreparePacket
from services.his_adapter.packets.filling import filled
from services.his_adapter.packets.view import FILES
from shared.contracts import his_adapter as his
from shared.contracts.facts import Appointment, Coded, Details, Identifier, Payer, Visit
from shared.contracts.his_packets import GapFilled, GapFound, PacketCompleted, PacketPrepared
from shared.definitions import Definitions
from shared.testing import Shows, Spec

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
PAPERS = Packet(
    id="discharge",
    version=1,
    items=(
        Item(id="name", titles={"zh": "姓名"}, known="patient.name"),
        Item(id="insurance", titles={"zh": "医保"}, known="coverage.payer", department="INS"),
        Item(id="signature", titles={"zh": "签字"}, department="WARD"),
        Item(id="extra", titles={"zh": "备注"}, required=False),
    ),
)
rules = Spec(PACKETS, Definitions.of(PAPERS))


def prepare(**known: str) -> PreparePacket:
    return PreparePacket(
        id="c", at=NINE, packet_id="k1", person_id="p1", formality="discharge", prepared_by="lin", filled=known
    )


def fill(**known: str) -> FillPacket:
    return FillPacket(id="f", at=NINE, packet_id="k1", filled_by="lin", filled=known)


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
    items=tuple(Item(id=name.replace(".", "-").replace("_", "-"), titles={}, known=name) for name in get_args(Known)),
)


def test_everything_the_hospital_told_is_filled_in_and_the_latest_stay_counts() -> None:
    found = filled(EVERYTHING, story(), "", NINE + timedelta(days=4))
    assert found == {
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
    found = filled(EVERYTHING, story(), "A", NINE + timedelta(days=400))
    assert (found["visit-number"], found["visit-diagnoses"]) == ("A", "胸痛")
    assert "appointment-next" not in found
    assert filled(EVERYTHING, [], "", NINE) == {}


def test_what_was_taken_back_is_not_on_paper() -> None:
    facts, day = story(), timedelta(days=1)
    stay = facts[3].visit  # type: ignore[attr-defined]
    back_in = his.VisitCancelled(**head(NINE + 4 * day), visit=stay, undoes="discharge")
    assert "visit-discharged" not in filled(EVERYTHING, [*facts, back_in], "", NINE + 5 * day)
    never = his.VisitCancelled(**head(NINE + 4 * day), visit=stay, undoes="admission")
    assert filled(EVERYTHING, [*facts, never], "", NINE + 5 * day)["visit-number"] == "A"
    again = his.PatientDischarged(**head(NINE + 6 * day), visit=stay)
    found = filled(EVERYTHING, [*facts, back_in, again], "", NINE + 7 * day)
    assert found["visit-discharged"].startswith("2026-03-15")


def test_of_each_thing_the_newest_is_kept_in_whatever_order_it_is_told() -> None:
    facts = story()
    later = his.PatientDischarged(**head(NINE + timedelta(days=5)), visit=facts[3].visit)  # type: ignore[attr-defined]
    one, two = (Shows(FILES).given(*order).document("k")["things"] for order in ([*facts, later], [later, *facts]))
    assert one.keys() == two.keys()
    assert one["visit/b PatientDischarged"]["at"] == two["visit/b PatientDischarged"]["at"] == later.at


def test_an_item_stands_once_in_a_packet() -> None:
    with pytest.raises(ValidationError, match="twice"):
        Packet(id="x", version=1, items=(PAPERS.items[0], PAPERS.items[0]))
