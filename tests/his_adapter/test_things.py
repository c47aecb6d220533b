"""What a fact is about has a name that reads as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.facts.state import Patient
from services.his_adapter.facts.things import DEATH, DETAILS, fields_of, step_of
from shared.contracts.base import stored
from shared.contracts.his_things import Kind, Thing


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (step_of("V1"), "visit/V1"),
        (fields_of("V1"), "said/V1"),
        (Thing(Kind.WAITING, "lab/7/called"), "waiting/lab/7/called"),
        (step_of(""), "visit/"),
        (DETAILS, "details"),
        (DEATH, "death"),
    ],
)
def test_a_thing_is_written_as_older_logs_have_it(thing: Thing, text: str) -> None:
    assert (str(thing), Thing.of(text)) == (text, thing)


@given(st.text())
def test_whatever_an_older_version_wrote_reads_as_it_was(text: str) -> None:
    assert str(Thing.of(text)) == text


def test_a_checkpoint_of_a_patient_has_marks_and_names_as_it_always_had() -> None:
    written = {"details": ["a1b2c3d4e5f6"], "steps": {"a1b2c3d4e5f6": "V1"}, "tellers": {"0011223344556677": "EMR"}}
    patient = stored(Patient, written)
    assert patient.details == (bytes.fromhex("a1b2c3d4e5f6"),)
    assert {**patient.model_dump(mode="json"), **written} == patient.model_dump(mode="json")
