"""What a fact is about has a name that reads as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.facts.things import DEATH, DETAILS, Kind, Thing, said_of, step_of


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (step_of("V1"), "visit/V1"),
        (said_of("V1"), "said/V1"),
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
