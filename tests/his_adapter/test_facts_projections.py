"""Given the facts of a patient, what their file keeps."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.facts.projections import FILES, MAX_FACTS
from shared.contracts.base import changed, retold
from shared.contracts.facts import Details, Visit
from shared.contracts.his_adapter import PatientAdmitted, PatientDischarged, ReportReady
from shared.testing import Shows

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
ADMITTED = PatientAdmitted(
    at=NINE, patient_key="k", patient=Details(name="王秀英"), message_id="m", visit=Visit(visit_id="v")
)
LATER = NINE + timedelta(hours=1)
DISCHARGED = retold(PatientDischarged, ADMITTED, at=LATER)


def file_of(*facts: Any, batch: int = 1000) -> Any:
    return Shows(FILES).given(*facts, batch=batch).document("k")["things"]


def report(number: int) -> ReportReady:
    at = NINE + timedelta(minutes=number)
    return ReportReady(at=at, patient_key="k", patient=Details(), message_id=f"m{number}", report_id=str(number))


def test_each_thing_of_a_patient_is_kept_with_when_it_was_said_in_the_event_it_came_with() -> None:
    kept = file_of(ADMITTED, DISCHARGED)
    assert {slot: (thing["at"], thing["event"]["type"]) for slot, thing in kept.items()} == {
        "visit/v PatientAdmitted": (NINE, PatientAdmitted.wire),
        "visit/v PatientDischarged": (LATER, PatientDischarged.wire),
    }


def test_of_one_thing_the_newest_word_is_kept_and_at_one_time_the_last() -> None:
    again = changed(ADMITTED, at=LATER, message_id="m3")
    for order in ((ADMITTED, again), (again, ADMITTED)):
        assert file_of(*order)["visit/v PatientAdmitted"]["event"]["data"]["message_id"] == "m3"
    twice = changed(ADMITTED, message_id="m4")
    assert file_of(ADMITTED, twice)["visit/v PatientAdmitted"]["event"]["data"]["message_id"] == "m4"


def test_what_a_source_wrote_down_later_counts_as_newer() -> None:
    corrected = changed(ADMITTED, at=NINE - timedelta(days=1), updated=LATER, message_id="m3")
    assert file_of(ADMITTED, corrected)["visit/v PatientAdmitted"]["at"] == LATER


def test_of_a_patient_with_a_long_history_the_newest_things_are_kept_and_no_more() -> None:
    reports = [report(number) for number in range(MAX_FACTS + 3)]
    for order in (reports, reports[::-1]):
        kept = {slot.split()[0] for slot in file_of(*order)}
        assert kept == {f"report/{number}" for number in range(3, MAX_FACTS + 3)}


@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_batches_and_order_do_not_change_the_file_of_a_patient(chance: random.Random, batch: int) -> None:
    facts = [ADMITTED, DISCHARGED, changed(ADMITTED, at=LATER, message_id="m3"), report(1)]
    shuffled = facts[:]
    chance.shuffle(shuffled)
    kept = file_of(*shuffled, batch=batch)
    assert {slot: thing["event"]["data"] for slot, thing in kept.items()} == {
        slot: thing["event"]["data"] for slot, thing in file_of(*facts).items()
    }
