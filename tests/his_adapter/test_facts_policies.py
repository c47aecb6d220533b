"""Given a stored message, what facts his_adapter tells."""

from datetime import UTC, date, datetime
from typing import Any

from services.his_adapter.directory.policies import list_entries
from services.his_adapter.facts.commands import NoteNothing, ReportFact
from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import HAND_ON, reporting, translate_messages
from services.his_adapter.facts.state import Patient
from services.his_adapter.formats import meaning
from services.his_adapter.formats.definitions import Site, site_of
from shared.contracts.base import changed
from shared.contracts.facts import Details
from shared.contracts.his_adapter import (
    HospitalMessageReceived,
    PatientAdmitted,
    PatientDied,
)
from shared.contracts.his_servers import FactHandedOn
from shared.definitions import Definitions
from shared.policy import caused
from shared.testing import Reacts, envelope
from tests.his_adapter.test_master import MSH, STF
from tests.his_adapter.test_translate import KEY, message
from tests.support.fhir import encounter, received

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
CITY = Site(id="default", version=1, authority="CITY")
OTHER = Site(id="branch", version=1, authority="BRANCH", senders=("HIS|BRANCH",))
RAW = Reacts((translate_messages(KEY), list_entries(KEY)), Definitions.of(CITY), kind="raw")
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


def command_id(event: Any, number: int, policy: str = "translate") -> str:
    return caused(envelope(event), policy, number)


def test_a_message_is_reported_fact_by_fact_with_the_message_it_came_from() -> None:
    commands = RAW.to(RECEIVED).commands
    assert [type(each) for each in commands] == [ReportFact] * len(commands)
    assert commands[0].fact_type == PatientAdmitted.wire
    assert [each.id for each in commands] == [command_id(RECEIVED, number) for number in range(len(commands))]
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
    assert [type(event) for event in DECIDER.decide(again, Patient(), Definitions())] == [PatientAdmitted]  # type: ignore[union-attr]
    assert handed[0].seal_key == named.key


def test_a_fact_that_was_erased_on_its_way_is_not_handed_on() -> None:
    gone = FactHandedOn(at=NINE, patient_key="a", to_key="b", message_id="m", fact_type=PatientDied.wire)
    Reacts((HAND_ON,)).to(gone).then_nothing()
