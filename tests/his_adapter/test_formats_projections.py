"""Given what came in and what was made of it, what the interface engineer sees."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.directory.commands import ListEntry
from services.his_adapter.facts.commands import NoteNothing, ReportFact
from services.his_adapter.formats.projections import Status
from services.his_adapter.projections import MESSAGES
from services.his_adapter.requests.commands import HearAnswer
from shared.contracts.base import Payload, changed
from shared.contracts.facts import Details, Visit
from shared.contracts.his_adapter import (
    FactConfirmed,
    FeedAdvanced,
    HospitalMessageReceived,
    PatientAdmitted,
)
from shared.deadletter import DeadLetter
from shared.projector import Item
from shared.testing import RECORDED, Shows, interleaved

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
ITEMS = Shows(MESSAGES)
RECEIVED = HospitalMessageReceived(
    at=NINE,
    message_id="m",
    sender="HIS|CITY",
    site="default",
    message_type="ADT^A01",
    control_id="C1",
    body_hash="h",
    text="MSH|^~",
)
ADMITTED = PatientAdmitted(
    at=NINE, patient_key="k", patient=Details(name="王秀英"), message_id="m", visit=Visit(visit_id="v")
)
REPORT = ReportFact(
    id="c1", at=NINE, patient_key="k", message_id="m", fact_type=PatientAdmitted.wire, fact={"name": "王秀英"}
)
NOTHING = NoteNothing(id="c2", at=NINE, sender="HIS|CITY", message_id="m")
LIST = ListEntry(id="c3", at=NINE, entry_id="doctor/17", source="HIS", entry={}, cut=("about.zh",))
HEARD = HearAnswer(id="c4", at=NINE, request_id="CL1", outcome="accepted")


def raw(**more: Any) -> Item:
    """The record of a message as it came; its id is the message's."""
    item = ITEMS.item(changed(RECEIVED, **more), "raw")
    return replace(item, raw={**item.raw, "id": "m"})


def command(payload: Payload, cause: str = "m") -> Item:
    return ITEMS.item(payload, "commands", cause=cause)


def fact(payload: Payload = ADMITTED) -> Item:
    return ITEMS.item(payload, "events")


def letter(redriven: bool = False, **more: Any) -> Item:
    """Why a record was refused."""
    fields: dict[str, Any] = {
        "id": "l",
        "reason": "hl7v2-untranslatable",
        "detail": "PID-3: no number",
        "reader": "his-adapter.policies",
        "topic": "careloop.his-adapter.raw.v1",
        "partition": 0,
        "offset": 7,
        "key": "HIS|CITY",
        "time": NINE.isoformat(),
        "about": "m",
    }
    data = DeadLetter.model_validate({**fields, **more, "redriven": redriven}).model_dump()
    return Item("careloop.his-adapter.dlq", 0, 0, {"id": "l", "type": "careloop.dead_letter.v1", "data": data}, None)


def shown(*items: Item) -> dict[str, Any]:
    """What is shown of each message, without what the runtime keeps in it."""
    documents = Shows(MESSAGES).fold(items).documents
    return {id: {name: word for name, word in row.items() if name != "_id"} for id, row in documents.items()}


def status_of(*items: Item) -> Status:
    """The status that is shown of the message."""
    status: Status = shown(*items)["m"]["status"]
    return status


RECEIVED_ROW = {
    "format": "hl7v2",
    "control_id": "C1",
    "sender": "HIS|CITY",
    "type": "ADT^A01",
    "received": RECORDED,
    "repeats": 0,
    "facts": [],
    "status": "received",
}


def test_a_message_that_came_in_is_received_and_its_text_is_not_shown() -> None:
    assert shown(raw()) == {"m": RECEIVED_ROW}


def test_a_message_of_before_there_were_other_formats_is_hl7() -> None:
    old = raw()
    del old.raw["data"]["format"]
    assert shown(old) == {"m": RECEIVED_ROW}


def test_a_message_that_comes_again_is_counted() -> None:
    assert shown(raw(), raw(), raw())["m"]["repeats"] == 2


def test_a_message_of_a_kind_that_is_not_translated_is_not_ours() -> None:
    assert status_of(raw(message_type="VXU^V04")) == "not-ours"
    assert status_of(raw(format="fhir", message_type="Media")) == "not-ours"
    assert status_of(raw(format="fhir", message_type="Encounter")) == "received"


def test_what_was_recorded_of_a_message_is_named_once_by_type_and_a_confirmation_is_no_fact() -> None:
    confirmed = FactConfirmed(at=NINE, patient_key="k", message_id="m", about="visit/v")
    row = shown(raw(), fact(), fact(), fact(confirmed))["m"]
    assert (row["status"], row["facts"]) == ("translated", [PatientAdmitted.wire])


def test_what_only_confirms_is_translated_once_it_was_reported() -> None:
    confirmed = FactConfirmed(at=NINE, patient_key="k", message_id="m", about="visit/v")
    assert status_of(raw(), fact(confirmed)) == "received"
    assert shown(raw(), command(REPORT), fact(confirmed))["m"] == {
        **RECEIVED_ROW,
        "understood": True,
        "status": "translated",
    }


def test_a_message_that_says_nothing_is_done_with() -> None:
    assert status_of(raw(), command(NOTHING)) == "translated"


def test_texts_that_were_cut_are_named_in_order() -> None:
    cut = [command(changed(REPORT, cut=names)) for names in (("what.text",), ("diagnoses.0.text",), ())]
    assert shown(raw(), *cut)["m"]["cut"] == ["diagnoses.0.text", "what.text"]


def test_a_message_that_was_refused_says_why_until_it_is_sent_again() -> None:
    refused = shown(raw(), letter())["m"]
    assert (refused["status"], refused["refused"]) == ("refused", "PID-3: no number")
    again = shown(raw(), letter(), letter(redriven=True))["m"]
    assert (again["status"], again["refused"]) == ("received", None)


def test_of_a_message_whose_letters_are_read_before_it_nothing_is_known_but_that_it_came() -> None:
    assert status_of(letter(), letter(redriven=True)) == "received"


def test_a_message_that_was_partly_understood_is_translated_and_says_what_was_refused() -> None:
    row = shown(raw(), command(REPORT), letter())["m"]
    assert (row["status"], row["refused"]) == ("translated", "PID-3: no number")


def test_a_letter_about_another_topic_or_about_nothing_is_no_message() -> None:
    assert shown(letter(topic="careloop.his-adapter.commands.v1")) == {}
    assert shown(letter(about="")) == {}


def test_an_entry_of_the_directory_from_a_message_is_what_it_told() -> None:
    row = shown(raw(message_type="MFN^M02"), command(LIST))["m"]
    assert (row["status"], row["cut"]) == ("translated", ["about.zh"])


def test_an_entry_that_a_caller_lists_comes_from_no_message() -> None:
    assert shown(command(LIST, cause="c3")) == {}


def test_an_answer_that_came_as_a_message_is_what_it_told() -> None:
    assert status_of(raw(message_type="SRR^S01"), command(HEARD)) == "translated"


def test_an_answer_that_the_sender_brought_and_other_commands_for_a_request_are_no_messages() -> None:
    brought = command(HEARD, cause="e")
    del brought.raw["data"]["attempt"]
    other = command(HEARD)
    other.raw["type"] = "careloop.his-requests.place_request.v1"
    assert shown(brought) == shown(other) == {}


DOOR: dict[str, Any] = {"topic": "mllp/default", "about": "C9", "reason": "unreadable"}


def test_what_was_turned_away_at_the_door_is_shown_by_itself_until_it_is_taken() -> None:
    assert shown(letter(**DOOR)) == {
        "l": {
            "format": "hl7v2",
            "control_id": "C9",
            "sender": "HIS|CITY",
            "type": "",
            "received": NINE,
            "reason": "unreadable",
            "at_the_door": True,
            "refused": "PID-3: no number",
            "repeats": 0,
            "facts": [],
            "status": "refused",
        }
    }
    assert shown(letter(**DOOR), letter(redriven=True, **DOOR)) == {}


def test_what_is_turned_away_again_is_counted() -> None:
    row = shown(letter(**DOOR), letter(**DOOR))["l"]
    assert (row["repeats"], row["status"]) == (1, "refused")


@pytest.mark.parametrize(
    ("door", "format"), [("fhir/x", "fhir"), ("soap/x", "cda"), ("table/x", "fhir"), ("unheard-of/x", "hl7v2")]
)
def test_each_door_has_its_format_and_who_is_not_named_is_unknown(door: str, format: str) -> None:
    row = shown(letter(**{**DOOR, "topic": door, "key": ""}))["l"]
    assert (row["format"], row["sender"]) == (format, "unknown")


@given(st.randoms(use_true_random=False), st.integers(1, 7))
def test_a_message_shows_the_same_in_whatever_order_its_topics_are_read(chance: random.Random, batch: int) -> None:
    partitions = [
        [raw(), raw()],
        [command(REPORT), command(changed(REPORT, cut=("a",)))],
        [fact()],
        [letter(), letter(redriven=True)],
    ]
    straight = [item for partition in partitions for item in partition]
    mixed = Shows(MESSAGES).fold(interleaved(partitions, chance), batch)
    assert mixed.documents == Shows(MESSAGES).fold(straight).documents


def test_notes_of_a_feed_are_no_messages() -> None:
    assert shown(ITEMS.item(FeedAdvanced(at=NINE, feed="bulk"), "raw")) == {}
