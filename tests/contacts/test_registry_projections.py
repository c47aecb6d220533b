"""Which persons an identifier leads to, and which records are one human."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.contacts.registry.projections import CLUSTERS, IDENTITIES
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityResolved, PersonErased, PersonsMerged, PersonsUnmerged
from shared.contracts.contacts_identity import IdentifierShared, KeysLearned
from shared.testing import Shows

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
RESOLVED = IdentityResolved(
    at=NINE,
    person_id="p",
    method="new",
    explanation="",
    strong=("mrn",),
    learned=("tel",),
    input_id="i",
    carried_type="t",
)
OTHER = changed(RESOLVED, person_id="q", strong=("mrn-2",))
LEARNED = KeysLearned(at=NINE, person_id="r", strong=("citizen",), learned=("tel",))
SHARED = IdentifierShared(at=NINE, identifier="tel", people=40)
ERASED = PersonErased(
    at=NINE, person_id="p", cluster=("p", "q"), keys=("k", "p"), identifiers=("mrn", "tel"), requested_by="clerk"
)
MERGED = PersonsMerged(at=NINE, person_id="p", merged_id="q", cluster=("p", "q"), reason="same")
UNMERGED = PersonsUnmerged(at=NINE, person_id="p", separated_id="q", clusters=(("p",), ("q", "r")), reason="wrong")


def persons(*events: Any) -> dict[str, list[str]]:
    return {id: row["persons"] for id, row in Shows(IDENTITIES).given(*events).documents.items()}


def clusters(*events: Any, batch: int = 1000) -> dict[str, list[str]]:
    return {id: row["cluster"] for id, row in Shows(CLUSTERS).given(*events, batch=batch).documents.items()}


def test_an_identifier_leads_to_everybody_it_was_given_for_once() -> None:
    assert persons(RESOLVED, OTHER, RESOLVED) == {"mrn": ["p"], "mrn-2": ["q"], "tel": ["p", "q"]}


def test_what_a_record_is_taught_to_be_known_by_leads_to_it() -> None:
    assert persons(RESOLVED, LEARNED) == {"mrn": ["p"], "tel": ["p", "r"], "citizen": ["r"]}


def test_an_identifier_of_too_many_leads_to_nobody_and_says_of_how_many() -> None:
    shows = Shows(IDENTITIES).given(RESOLVED, OTHER, SHARED)
    assert (shows.document("tel")["persons"], shows.document("tel")["people"]) == ([], 40)
    assert shows.document("mrn")["persons"] == ["p"]


def test_no_identifier_leads_to_anybody_erased_and_those_of_others_lead_on() -> None:
    assert persons(RESOLVED, OTHER, LEARNED, ERASED) == {"mrn-2": ["q"], "tel": ["r"], "citizen": ["r"]}


def test_records_that_are_merged_are_one_human_under_each_of_them() -> None:
    assert clusters(MERGED) == {"p": ["p", "q"], "q": ["p", "q"]}


def test_an_unmerge_leaves_two_humans() -> None:
    larger = changed(MERGED, cluster=("p", "q", "r"))
    assert clusters(larger, UNMERGED) == {"p": ["p"], "q": ["q", "r"], "r": ["q", "r"]}


@given(st.integers(1, 3))
def test_batches_do_not_change_who_is_one_human(batch: int) -> None:
    story = (MERGED, changed(MERGED, cluster=("p", "q", "r")), UNMERGED)
    assert clusters(*story, batch=batch) == clusters(*story)
