"""Given facts, what is kept of a patient for papers; given the events of a packet, what its row shows."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.packets.projections import FILES, KEPT, PACKETS
from shared.contracts.base import changed
from shared.contracts.facts import Details, Visit
from shared.contracts.his_adapter import PatientAdmitted, PatientDischarged, ReportReady
from shared.contracts.his_packets import GapFilled, GapFound, PacketCompleted, PacketPrepared
from shared.testing import Shows, interleaved

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
LATER = NINE + timedelta(hours=1)
STAY = Visit(visit_id="v", department="CARD")
ADMITTED = PatientAdmitted(at=NINE, patient_key="k", patient=Details(name="王秀英"), message_id="m1", visit=STAY)
DISCHARGED = PatientDischarged(at=LATER, patient_key="k", patient=Details(name="王秀英"), message_id="m2", visit=STAY)
PREPARED = PacketPrepared(
    at=NINE,
    packet_id="k1",
    person_id="p",
    formality="packet/discharge/1",
    prepared_by="lin",
    filled={"name": "王秀英"},
    gaps=("insurance", "signature"),
)
GAP = GapFound(at=NINE, packet_id="k1", person_id="p", formality="f", item="insurance", titles={}, department="INS")
FILLED = GapFilled(at=LATER, packet_id="k1", person_id="p", item="insurance", filled_by="chen", value="职工医保")
SIGNED = changed(FILLED, item="signature", value="王秀英")
COMPLETED = PacketCompleted(at=LATER, packet_id="k1", person_id="p", formality="packet/discharge/1")
STORY = (PREPARED, GAP, FILLED, SIGNED, COMPLETED)


def things(*facts: Any, batch: int = 1000) -> Any:
    return Shows(FILES).given(*facts, batch=batch).document("k")["things"]


def report(number: int) -> ReportReady:
    at = NINE + timedelta(minutes=number)
    return ReportReady(at=at, patient_key="k", patient=Details(), message_id=f"m{number}", report_id=str(number))


def packet(*events: Any, batch: int = 1000) -> Any:
    document = Shows(PACKETS).given(*events, batch=batch).document("k1")
    return {name: value for name, value in document.items() if not name.startswith("_")}


def test_each_thing_of_a_patient_is_kept_with_when_it_was_said_in_the_event_it_came_with() -> None:
    kept = things(ADMITTED, DISCHARGED)
    assert {slot: (thing["at"], thing["event"]["type"]) for slot, thing in kept.items()} == {
        "visit/v PatientAdmitted": (NINE, PatientAdmitted.wire),
        "visit/v PatientDischarged": (LATER, PatientDischarged.wire),
    }


def test_of_one_thing_the_newest_word_is_kept_and_at_one_time_the_last() -> None:
    again = changed(ADMITTED, at=LATER, message_id="m3")
    for order in ((ADMITTED, again), (again, ADMITTED)):
        assert things(*order)["visit/v PatientAdmitted"]["event"]["data"]["message_id"] == "m3"
    twice = changed(ADMITTED, message_id="m4")
    assert things(ADMITTED, twice)["visit/v PatientAdmitted"]["event"]["data"]["message_id"] == "m4"


def test_what_a_source_wrote_down_later_counts_as_newer() -> None:
    corrected = changed(ADMITTED, at=NINE - timedelta(days=1), updated=LATER, message_id="m3")
    assert things(ADMITTED, corrected)["visit/v PatientAdmitted"]["at"] == LATER


def test_of_a_patient_with_a_long_history_the_newest_things_are_kept_and_no_more() -> None:
    reports = [report(number) for number in range(KEPT + 3)]
    for order in (reports, reports[::-1]):
        kept = {slot.split()[0] for slot in things(*order)}
        assert kept == {f"report/{number}" for number in range(3, KEPT + 3)}


@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_batches_and_order_do_not_change_what_is_kept(chance: random.Random, batch: int) -> None:
    facts = [ADMITTED, DISCHARGED, changed(ADMITTED, at=LATER, message_id="m3"), report(1)]
    shuffled = facts[:]
    chance.shuffle(shuffled)
    kept = things(*shuffled, batch=batch)
    assert {slot: thing["event"]["data"] for slot, thing in kept.items()} == {
        slot: thing["event"]["data"] for slot, thing in things(*facts).items()
    }


def test_a_packet_that_is_prepared_is_open_with_its_gaps_and_keeps_its_values_in_its_event() -> None:
    shown = packet(PREPARED)
    assert shown.pop("prepared_as")["type"] == PacketPrepared.wire
    assert shown == {
        "person_id": "p",
        "formality": "packet/discharge/1",
        "prepared_by": "lin",
        "status": "open",
        "gaps": ["insurance", "signature"],
        "given": {},
        "prepared": NINE,
    }


def test_a_gap_that_is_found_is_shown_by_the_packet_already() -> None:
    assert packet(PREPARED, GAP) == packet(PREPARED)


def test_a_gap_that_is_filled_is_none_and_its_value_stays_in_its_event() -> None:
    shown = packet(PREPARED, FILLED)
    assert (shown["gaps"], shown["status"]) == (["signature"], "open")
    assert shown["given"]["insurance"]["event"]["type"] == GapFilled.wire
    both = packet(PREPARED, FILLED, SIGNED)
    assert (both["gaps"], sorted(both["given"])) == ([], ["insurance", "signature"])


def test_a_packet_without_gaps_is_complete_since_then() -> None:
    shown = packet(*STORY)
    assert (shown["status"], shown["completed"], shown["prepared"]) == ("complete", LATER, NINE)


def test_each_packet_has_a_row_of_its_own() -> None:
    shows = Shows(PACKETS).given(PREPARED, changed(PREPARED, packet_id="k2"), changed(COMPLETED, packet_id="k2"))
    assert [shows.document(id)["status"] for id in ("k1", "k2")] == ["open", "complete"]


@given(st.randoms(use_true_random=False), st.integers(1, len(STORY)))
def test_neither_batches_nor_what_happens_to_others_change_a_packet(chance: random.Random, batch: int) -> None:
    shows = Shows(PACKETS)
    partitions = [[shows.item(changed(event, packet_id=id)) for event in STORY] for id in ("k1", "k2")]
    shown = shows.fold(interleaved(partitions, chance), batch).document("k1")
    assert {name: value for name, value in shown.items() if not name.startswith("_")} == packet(*STORY)
