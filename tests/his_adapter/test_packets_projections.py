"""Given facts, what is kept of a patient for papers; given the events of a packet, what its row shows."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.packets.projections import PACKETS
from shared.contracts.base import changed
from shared.contracts.facts import Details, Visit
from shared.contracts.his_adapter import PatientAdmitted, PatientDischarged
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


def packet(*events: Any, batch: int = 1000) -> Any:
    document = Shows(PACKETS).given(*events, batch=batch).document("k1")
    return {name: value for name, value in document.items() if not name.startswith("_")}


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
