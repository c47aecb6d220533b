"""Given a FHIR R4 resource, when it is read, then what it says in our words."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import reporting
from services.his_adapter.facts.state import Patient
from services.his_adapter.formats import meaning
from shared.contracts import his_adapter as his
from shared.definitions import Definitions
from tests.his_adapter.test_translate import facts as of_hl7
from tests.his_adapter.test_translate import message
from tests.support.fhir import KEY, SITE, SUBJECT, encounter, facts, patient, received


def names(facts_found: list[Any]) -> list[str]:
    return [type(fact).__name__ for fact in facts_found]


def published_types(*resources: dict[str, Any]) -> list[str]:
    """The types of the events published after these resources, in this order."""
    state, published = Patient(), []
    for number, resource in enumerate(resources):
        for at, fact in enumerate(meaning.facts(KEY, SITE, received(resource, message_id=str(number)))):
            events: Any = DECIDER.decide(reporting(fact, f"{number}/{at}"), state, Definitions())
            for event in events:
                state = DECIDER.evolve(state, event)
                published += [] if isinstance(event, his.FactConfirmed) else [type(event).__name__]
    return published


def at(hour: int) -> dict[str, Any]:
    return {"meta": {"lastUpdated": f"2026-03-09T{hour:02}:00:00+08:00"}}


def test_a_patient_is_known_by_id_and_by_the_number_hl7_knows_them_by() -> None:
    linked, details = facts(patient())
    assert linked.aliases
    [number] = linked.others
    hl7 = [identifier for identifier in of_hl7(message())[0].patient.identifiers if identifier.value == "100234"]
    assert number.system == hl7[0].system == "MRN:CITY"
    assert [(identifier.system, identifier.value) for identifier in details.patient.identifiers] == [
        ("FHIR-SERVER:his", "p1"),
        ("FHIR:CITY", "p1"),
        ("MRN:CITY", "100234"),
    ]
    assert (details.patient.name, details.patient.sex, str(details.patient.birth_date)) == (
        "王秀英",
        "female",
        "1956-04-12",
    )
    assert details.patient.phones == ("13800138000",)


@pytest.mark.parametrize(
    ("more", "email", "cleared"),
    [
        ({"use": "home"}, "w@x.example", ()),
        ({"use": "old"}, None, ("email",)),
        ({"period": {"end": "2026-03-08"}}, None, ("email",)),
        ({"period": {"end": "2027-01-01"}}, "w@x.example", ()),
    ],
)
def test_an_address_that_is_of_the_past_is_no_address_any_more(
    more: dict[str, Any], email: str | None, cleared: tuple[str, ...]
) -> None:
    phone = {"system": "phone", "value": "13800138000"}
    _, details = facts(patient(telecom=[phone, {"system": "email", "value": "w@x.example", **more}]))
    assert (details.patient.email, details.patient.cleared) == (email, cleared)


def test_everything_of_a_patient_is_keyed_by_the_same_number() -> None:
    keys = {fact.patient_key for resource in (patient(), encounter()) for fact in facts(resource)}
    assert len(keys) == 1


def test_ids_that_differ_in_case_are_two() -> None:
    one, other = (facts(encounter("finished", subject={"reference": f"Patient/{id}"}))[0] for id in ("aB", "Ab"))
    assert one.patient_key != other.patient_key
    [small], [capital] = (facts({**REPORT, "id": id, "status": "final"}) for id in ("r", "R"))
    assert small.report_id != capital.report_id


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "https://his.example/fhir/Patient/p1",
        "Patient/p1/_history/3",
        "http://his.example/fhir/Patient/p1/_history/2",
    ],
)
def test_a_reference_means_the_same_however_it_is_written(reference: str) -> None:
    assert facts(encounter(subject={"reference": reference}))[0].patient_key == facts(encounter())[0].patient_key


def test_a_patient_may_be_named_by_number_alone_or_contained() -> None:
    number = {"type": {"coding": [{"code": "MR"}]}, "system": "http://id.city", "value": "100234"}
    by_number = facts(encounter(subject={"type": "Patient", "identifier": number}))[0]
    inner = {**patient("in"), "resourceType": "Patient"}
    contained = facts(encounter(subject={"reference": "#in"}, contained=[inner]))[0]
    assert by_number.patient_key == contained.patient_key == facts(patient())[0].others[0].key


def test_a_doctor_with_a_number_is_not_the_patient() -> None:
    actors = [{"identifier": {"value": "1001"}, "display": "李医生"}, {"reference": "Patient/p1"}]
    participants = [{"actor": actor, "status": "accepted"} for actor in actors]
    assert (
        facts(appointment("booked") | {"participant": participants})[0].patient_key == facts(encounter())[0].patient_key
    )


def test_a_resource_without_a_patient_is_refused_with_its_place() -> None:
    with pytest.raises(meaning.Untranslatable, match=r"Encounter\.subject"):
        facts(encounter(subject=None))


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        ("planned", "IMP", []),
        ("in-progress", "IMP", ["PatientAdmitted", "VisitCancelled"]),
        ("finished", "IMP", ["PatientAdmitted", "PatientDischarged"]),
        ("in-progress", "AMB", ["VisitRegistered", "VisitCancelled"]),
        ("finished", "EMER", ["VisitRegistered", "PatientDischarged"]),
        ("cancelled", "IMP", ["VisitCancelled"]),
        ("entered-in-error", "AMB", ["VisitCancelled"]),
    ],
)
def test_an_encounter_tells_every_step_it_must_have_gone_through(status: str, kind: str, says: list[str]) -> None:
    assert names(facts(encounter(status, kind))) == says


def test_a_stay_is_told_with_when_it_happened_and_ordered_by_when_it_was_written() -> None:
    admitted, discharged = facts(encounter("finished"))
    assert admitted.at.isoformat() == "2026-03-07T10:00:00+08:00"
    assert discharged.at.isoformat() == "2026-03-09T07:30:00+08:00"
    assert discharged.updated.isoformat() == "2026-03-09T08:00:00+08:00"
    assert (discharged.visit.department, discharged.visit.department_name) == ("CARD", "心内科")
    assert (discharged.visit.doctor, discharged.visit.doctor_name) == ("d17", "李明")


def test_steps_are_published_once_and_undone_by_their_status() -> None:
    begun, ended = encounter("in-progress", **at(1)), encounter("finished", **at(2))
    assert published_types(begun, ended, ended) == ["PatientAdmitted", "PatientDischarged"]
    assert published_types(ended, begun) == ["PatientAdmitted", "PatientDischarged"]
    again = encounter("in-progress", **at(3))
    assert published_types(begun, ended, again) == ["PatientAdmitted", "PatientDischarged", "VisitCancelled"]
    undone = [*published_types(begun, ended, again, encounter("finished", **at(4)))]
    assert undone[3:] == ["PatientDischarged"]
    assert published_types(begun, encounter("cancelled", **at(2))) == ["PatientAdmitted", "VisitCancelled"]


def test_a_death_is_told_by_patient_or_disposition() -> None:
    assert names(facts(patient(deceasedDateTime="2026-03-01T04:00:00+08:00")))[-1] == "PatientDied"
    gone = {"dischargeDisposition": {"coding": [{"code": "exp"}]}}
    assert names(facts(encounter("finished", hospitalization=gone)))[-1] == "PatientDied"


def test_a_death_of_which_only_the_day_is_told_has_a_day_and_no_hour() -> None:
    *_, day = facts(patient(deceasedDateTime="2026-03-01"))
    *_, hour = facts(patient(deceasedDateTime="2026-03-01T04:00:00+08:00"))
    assert [type(death.since) for death in (day, hour)] == [date, datetime]
    assert day.since == date(2026, 3, 1)


def test_a_replaced_record_is_merged() -> None:
    link = [{"other": {"reference": "Patient/p2"}, "type": "replaced-by"}]
    *_, merged = facts(patient(link=link))
    assert [(identifier.system, identifier.value) for identifier in merged.others] == [
        ("FHIR-SERVER:his", "p2"),
        ("FHIR:CITY", "p2"),
    ]
    see = [{"other": {"reference": "Patient/p2"}, "type": "seealso"}]
    assert names(facts(patient(link=see))) == ["PatientsLinked", "PatientDetailsReported"]


def appointment(status: str, start: str = "2026-03-20T09:00:00+08:00", **more: Any) -> dict[str, Any]:
    actors: list[Any] = [{"reference": "Practitioner/d17", "display": "李明"}, {"reference": "Patient/p1"}]
    participants = [{"actor": actor, "status": "accepted"} for actor in actors]
    kind, end = "Appointment", start.replace("T09", "T10")
    return {"resourceType": kind, "id": "a1", "status": status, "start": start, "end": end, **more} | {
        "participant": participants
    }


def test_an_appointment_is_booked_moved_cancelled_or_missed() -> None:
    booked, later = appointment("booked", **at(1)), appointment("booked", "2026-03-21T09:00:00+08:00", **at(2))
    assert published_types(booked, booked, later, appointment("cancelled", **at(3))) == [
        "AppointmentBooked",
        "AppointmentMoved",
        "AppointmentCancelled",
    ]
    assert published_types(booked, appointment("noshow", **at(2))) == ["AppointmentBooked", "AppointmentMissed"]
    assert published_types(appointment("fulfilled")) == []
    assert facts(booked)[0].appointment.doctor_name == "李明"


REPORT: dict[str, Any] = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "subject": SUBJECT,
    "code": {"text": "头颅CT"},
}


def result(flag: str) -> dict[str, Any]:
    flags = [{"coding": [{"code": flag}]}]
    return {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "K"}, "interpretation": flags}


@pytest.mark.parametrize(
    ("status", "flag", "says"),
    [
        ("preliminary", "", ("preliminary", None, None)),
        ("final", "N", ("final", False, False)),
        ("final", "H", ("final", True, False)),
        ("amended", "HH", ("corrected", True, True)),
    ],
)
def test_a_report_tells_its_headlines(status: str, flag: str, says: tuple[Any, ...]) -> None:
    [ready] = facts({**REPORT, "status": status, **({"contained": [result(flag)]} if flag else {})})
    assert (ready.status, ready.abnormal, ready.critical) == says
    assert ready.title == "头颅CT"


def test_conditions_allergies_and_procedures_are_facts_and_errors_undo_them() -> None:
    code: dict[str, Any] = {"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I21.9"}]}}
    wrong = {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}}
    active = {"clinicalStatus": {"coding": [{"code": "active"}]}}
    visit = {"encounter": {"reference": "Encounter/e1"}}
    [diagnosis] = facts({"resourceType": "Condition", "id": "c1", "subject": SUBJECT, **code, **active, **visit})
    assert (diagnosis.what.code, diagnosis.status) == ("I21.9", "active")
    assert diagnosis.visit_id == facts(encounter())[0].visit.visit_id
    [taken_back] = facts({"resourceType": "Condition", "id": "c1", "subject": SUBJECT, **code, **wrong})
    assert (taken_back.item_id, taken_back.status) == (diagnosis.item_id, "entered-in-error")
    [allergy] = facts({"resourceType": "AllergyIntolerance", "id": "x", "patient": SUBJECT, **code, **active})
    [procedure] = facts({"resourceType": "Procedure", "id": "x", "subject": SUBJECT, "status": "completed", **code})
    assert names([allergy, procedure]) == ["AllergyRecorded", "ProcedureRecorded"]


def test_charges_are_told_once_by_item_or_by_invoice() -> None:
    money = {"value": 350.5, "currency": "CNY"}
    item = {"resourceType": "ChargeItem", "id": "i1", "status": "billable", "subject": SUBJECT, "code": {"text": "CT"}}
    [charge] = facts({**item, "priceOverride": money})
    assert (charge.amount, charge.currency, charge.what.text) == (Decimal("350.5"), "CNY", "CT")
    assert facts({**item, "priceOverride": money, "status": "aborted"}) == []
    invoice = {"resourceType": "Invoice", "id": "v1", "status": "issued", "subject": SUBJECT, "totalGross": money}
    assert [fact.amount for fact in facts(invoice)] == [Decimal("350.5")]
    line = {
        "chargeItemReference": {"reference": "ChargeItem/i1"},
        "priceComponent": [{"type": "base", "amount": money}],
    }
    assert facts({**invoice, "lineItem": [line]}) == []
    own = {"chargeItemCodeableConcept": {"text": "挂号"}, "priceComponent": [{"type": "base", "amount": money}]}
    assert [fact.what.text for fact in facts({**invoice, "lineItem": [line, own]})] == ["挂号"]


def test_relatives_communications_and_payers_are_told() -> None:
    [relative] = facts(
        {
            "resourceType": "RelatedPerson",
            "id": "k1",
            "patient": SUBJECT,
            "name": [{"text": "王小明"}],
            "relationship": [{"text": "儿子"}],
            "telecom": [{"system": "phone", "value": "139"}],
        }
    )
    assert (relative.relative.name, relative.relative.relationship.text, relative.relative.phones) == (
        "王小明",
        "儿子",
        ("139",),
    )
    sent = {
        "resourceType": "Communication",
        "id": "m1",
        "status": "completed",
        "subject": SUBJECT,
        "topic": {"text": "复诊"},
    }
    [communication] = facts({**sent, "sender": {"reference": "Patient/p1"}})
    assert (communication.exchange.direction, communication.exchange.topic) == ("inbound", "复诊")
    payer = {"resourceType": "Coverage", "id": "y1", "status": "active", "beneficiary": SUBJECT}
    [covered] = facts({**payer, "payor": [{"display": "医保"}]})
    assert covered.coverage.payer_name == "医保"
