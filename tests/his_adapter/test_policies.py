"""Given a stored message or money that came in, what his_adapter tells, lists, hears and asks."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.his_adapter.definitions import Site
from services.his_adapter.facts.commands import ListEntry, NoteNothing, ReportFact, WithdrawEntry
from services.his_adapter.facts.domain import DECIDER, Patient
from services.his_adapter.facts.policies import (
    HAND_ON,
    HEAR,
    SETTLE,
    list_entries,
    reporting,
    site_of,
    translate_messages,
)
from services.his_adapter.formats import meaning
from services.his_adapter.requests.commands import HearAnswer, PlaceRequest
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.hearing import request_id
from shared.contracts.base import changed
from shared.contracts.facts import Details
from shared.contracts.his_adapter import (
    HospitalMessageReceived,
    PatientAdmitted,
    PatientDied,
)
from shared.contracts.his_payments import Order, PaymentMade, RefundMade
from shared.contracts.his_requests import Answer, Settling, Subject
from shared.contracts.his_servers import FactHandedOn
from shared.definitions import Definitions
from shared.policy import caused
from shared.testing import RECORDED, Reacts, Then, envelope
from tests.his_adapter.test_master import MSH, STF
from tests.his_adapter.test_translate import KEY, message
from tests.support.fhir import encounter, received

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
CITY = Site(id="default", version=1, authority="CITY")
OTHER = Site(id="branch", version=1, authority="BRANCH", senders=("HIS|BRANCH",))
HIS = Endpoint(id="his", version=1, takes=("book", "demographics"), codes={"CARD": "0301"})
RAW = Reacts((translate_messages(KEY), list_entries(KEY)), Definitions.of(CITY), kind="raw")
ANSWERS = Reacts((HEAR,), Definitions.of(HIS), kind="raw")
RECEIVED = HospitalMessageReceived(
    at=NINE,
    message_id="m",
    sender="HIS|CITY",
    site="default",
    message_type="ADT^A01",
    control_id="C1",
    body_hash="h",
    text=message(),
)
STAFF = changed(
    RECEIVED,
    message_type="MFN^M02",
    text="\r".join([MSH.format("MFN^M02"), "MFI|X||UPD|||NE", "MFE|MUP|1||1001", STF]),
)
REQUEST = request_id("a call")


def heard(event: Any, number: int, policy: str = "translate") -> str:
    return caused(envelope(event), policy, number)


def test_a_message_is_reported_fact_by_fact_with_the_message_it_came_from() -> None:
    commands = RAW.to(RECEIVED).commands
    assert [type(each) for each in commands] == [ReportFact] * len(commands)
    assert commands[0].fact_type == PatientAdmitted.wire
    assert [each.id for each in commands] == [heard(RECEIVED, number) for number in range(len(commands))]
    assert {(each.message_id, each.corrects, each.cut) for each in commands} == {("m", False, ())}


def test_a_text_that_was_cut_is_named_in_its_report() -> None:
    long = changed(RECEIVED, text=message(DG1=f"DG1|1||I21.9^{'痛' * 2001}^I10"))
    assert RAW.to(long).commands[0].cut == ("diagnoses.0.text",)


def test_a_message_of_a_kind_we_translate_that_says_nothing_is_noted() -> None:
    nothing = changed(
        RECEIVED, message_type="ORU^R01", text=message("ORU^R01", DG1="OBR|1|P1|F1|CBC^血常规|||||||||||||||||||||I")
    )
    RAW.to(nothing).then(
        NoteNothing(id=caused(envelope(nothing), "nothing"), at=NINE, sender="HIS|CITY", message_id="m")
    )


def test_an_erased_message_and_one_of_a_kind_that_is_not_ours_say_nothing_at_all() -> None:
    RAW.to(changed(RECEIVED, text=None)).then_nothing()
    RAW.to(changed(RECEIVED, message_type="VXU^V04", text=message("VXU^V04"))).then_nothing()


def test_a_message_that_cannot_be_read_is_refused_with_its_format() -> None:
    RAW.to(changed(RECEIVED, text=message(PID="PID|1"))).rejected("hl7v2-untranslatable")
    RAW.to(changed(STAFF, text="MFE|MUP|1||1001")).rejected("hl7v2-untranslatable")


def test_the_mapping_of_the_site_it_came_to_says_whose_numbers_are_in_it() -> None:
    numbered = changed(RECEIVED, text=message(PID="PID|1||100234||王^秀英"))
    keys = {site: RAW.to(changed(numbered, site=site)).commands[0].patient_key for site in ("default", "elsewhere")}
    assert keys["default"] != keys["elsewhere"]


def test_a_sender_with_a_mapping_of_its_own_is_read_by_that() -> None:
    definitions = Definitions.of(CITY, OTHER)
    assert site_of(definitions, "default", "HIS|BRANCH") == OTHER
    assert site_of(definitions, "default", "HIS|CITY") == site_of(definitions, "default") == CITY


def test_a_site_without_a_mapping_maps_nothing() -> None:
    assert site_of(Definitions(), "branch") == Site(id="branch", version=1, authority="BRANCH")


def test_a_report_carries_the_fact_without_its_time_and_says_whether_it_corrects() -> None:
    died = PatientDied(at=NINE, patient_key="k", patient=Details(name="王"), message_id="m", since=date(2026, 3, 1))
    assert reporting(died, "c", corrects=True, cut=("x",)) == ReportFact(
        id="c",
        at=NINE,
        patient_key="k",
        message_id="m",
        fact_type=PatientDied.wire,
        corrects=True,
        cut=("x",),
        fact=died.model_dump(mode="json", exclude={"at"}),
    )


def test_a_fact_is_asked_about_under_the_id_alone_first_and_handed_on_where_that_is_another_servers() -> None:
    message = received(encounter(), sender="B")
    first = RAW.to(message).commands[0]
    assert isinstance(first, ReportFact)
    [named, bare] = meaning.facts(KEY, CITY, message)[0].patient.identifiers
    assert (first.patient_key, first.fact and first.fact["patient_key"]) == (bare.key, named.key)
    handed: Any = DECIDER.decide(first, Patient(giver="A"), Definitions())
    [again] = Reacts((HAND_ON,)).to(handed[0]).commands
    assert again == changed(first, id=caused(envelope(handed[0]), "hand-on"), patient_key=named.key)
    assert [type(told) for told in DECIDER.decide(again, Patient(), Definitions())] == [PatientAdmitted]  # type: ignore[union-attr]
    assert handed[0].seal_key == named.key


def test_a_fact_that_was_erased_on_its_way_is_not_handed_on() -> None:
    gone = FactHandedOn(at=NINE, patient_key="a", to_key="b", message_id="m", fact_type=PatientDied.wire)
    Reacts((HAND_ON,)).to(gone).then_nothing()


def test_what_speaks_of_the_hospital_is_listed_and_reports_no_patient() -> None:
    listed = RAW.to(STAFF).then_only(ListEntry).one(ListEntry)
    assert (listed.id, listed.entry_id, listed.source) == (heard(STAFF, 0, "list"), "doctor/1001", "HIS/CITY")
    assert listed.entry["names"] == {"zh": "王伟"}


def test_what_a_master_file_deletes_is_withdrawn() -> None:
    gone = changed(STAFF, text=STAFF.text.replace("MFE|MUP|1||1001", "MFE|MDL|1||1001"))  # type: ignore[union-attr]
    withdrawn = RAW.to(gone).one(WithdrawEntry)
    assert (withdrawn.id, withdrawn.entry_id, withdrawn.entirely) == (heard(gone, 0, "list"), "doctor/1001", True)


def srr(msa: str = f"MSA|AA|{REQUEST}", application: str = "HIS", kind: str = "SRR^S01", sch: str = "") -> Then:
    lines = [f"MSH|^~\\&|{application}|CITY|CL|CITY|20260309093000||{kind}|C1|P|2.5", msa, sch, "AIL|1||0301"]
    text = "\r".join(line for line in lines if line)
    return ANSWERS.to(changed(RECEIVED, message_type=kind, text=text))


def test_an_answer_over_a_connection_of_its_own_is_heard_by_the_request_it_names() -> None:
    answer = srr().then_only(HearAnswer).one(HearAnswer)
    said = changed(RECEIVED, message_type="SRR^S01")
    assert answer.id == caused(envelope(said), "hear")
    assert (answer.request_id, answer.at, answer.attempt, answer.aside) == (REQUEST, NINE, None, False)
    assert answer.said_by == RECEIVED.sender
    assert (answer.outcome, answer.answer) == ("accepted", Answer(department="CARD"))
    assert srr(f"MSA|AE|{REQUEST}").one(HearAnswer).outcome == "refused"


def test_an_answer_is_read_by_the_endpoint_that_gave_it_and_without_one_as_it_stands() -> None:
    assert srr(application="OTHER").one(HearAnswer).answer == Answer(department="0301")


def test_an_appointment_that_was_booked_because_we_asked_is_heard_aside() -> None:
    booked = srr("", kind="SIU^S12", sch=f"SCH|{REQUEST}|A1").one(HearAnswer)
    assert (booked.request_id, booked.aside, booked.outcome) == (REQUEST, True, "accepted")
    assert booked.answer.filler == "A1"


def test_an_appointment_that_we_asked_for_and_the_hospital_cancels_is_heard_as_refused() -> None:
    gone = srr("", kind="SIU^S15", sch=f"SCH|{REQUEST}|A1").one(HearAnswer)
    assert (gone.outcome, gone.reason) == ("refused", "cancelled-by-hospital")


@pytest.mark.parametrize(
    "said",
    [
        changed(RECEIVED, message_type="SRR^S01", text=message("SRR^S01", PID="MSA|AA|C1")),
        changed(RECEIVED, message_type="SRR^S01", text=None),
        changed(RECEIVED, text=f"{message()}\rMSA|AA|{REQUEST}"),
    ],
)
def test_what_answers_none_of_our_requests_is_not_heard(said: HospitalMessageReceived) -> None:
    ANSWERS.to(said).then_nothing()


SUBJECT = Subject(number="100234", name="王秀英")
ORDER = Order(
    provider="wechat", amount=Decimal("80.10"), expires=NINE + timedelta(hours=1), subject=SUBJECT, charges=("T1",)
)
MADE = PaymentMade(
    at=NINE,
    payment_id="P1",
    person_id="p",
    transaction_id="42",
    amount=Decimal("80.10"),
    told_by="query",
    order=ORDER,
)
BACK = RefundMade(
    at=NINE, payment_id="P1", person_id="p", refund_id="R1", amount=Decimal("30"), told_by="query", order=ORDER
)
MONEY = Reacts((SETTLE,))


def settles(event: PaymentMade | RefundMade, amount: str, transaction: str) -> PlaceRequest:
    return PlaceRequest(
        id=caused(envelope(event), "settle"),
        at=RECORDED,
        request_id=request_id(envelope(event).id),
        person_id="p",
        asked_by="payment/P1",
        insist=True,
        subject=SUBJECT,
        ask=Settling(
            action="settle",
            amount=Decimal(amount),
            currency="CNY",
            paid=NINE,
            provider="wechat",
            transaction_id=transaction,
            charges=("T1",),
        ),
    )


def test_money_that_came_in_is_told_to_the_hospitals_books_now_with_when_it_was_paid() -> None:
    MONEY.to(MADE).then(settles(MADE, "80.10", "42"))


def test_money_that_went_back_is_told_as_a_negative_amount() -> None:
    MONEY.to(BACK).then(settles(BACK, "-30", "R1"))


@pytest.mark.parametrize("event", [MADE, BACK])
def test_money_for_nobody_in_the_hospital_is_told_to_no_books(event: Any) -> None:
    MONEY.to(changed(event, order=changed(ORDER, subject=None))).then_nothing()
