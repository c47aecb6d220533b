"""Which inputs and proposed merges wait for a decision by staff."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.contacts.registry.projections import REVIEWS
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved
from shared.contracts.contacts_identity import MergeProposed, ProposalClosed
from shared.testing import RECORDED, Shows

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
AMBIGUOUS = IdentityAmbiguous(
    at=NINE,
    candidates=("p", "q"),
    explanation="one phone, two people",
    identifiers=("tel",),
    input_id="i",
    carried_type="t",
    carried={"name": "王秀英"},
)
RESOLVED = IdentityResolved(at=NINE, person_id="p", method="decided", explanation="", input_id="i", carried_type="t")
PROPOSED = MergeProposed(at=NINE, proposal_id="m", candidates=("p", "q"), reasons=("name", "birth"))
CLOSED = ProposalClosed(at=NINE, proposal_id="m", candidates=("p", "q"), outcome="declined")


def waiting(*events: Any) -> dict[str, Any]:
    return Shows(REVIEWS).given(*events).documents


def question(event: Any) -> Any:
    [row] = waiting(event).values()
    return {name: value for name, value in row.items() if name not in ("_id", "_seen", "_cause", "event")}


def test_an_input_that_fits_several_waits_with_them_and_why() -> None:
    assert question(AMBIGUOUS) == {
        "kind": "input",
        "candidates": ["p", "q"],
        "reasons": ["one phone, two people"],
        "since": RECORDED,
    }


def test_a_merge_that_is_proposed_waits_with_its_reasons() -> None:
    assert question(PROPOSED) == {
        "kind": "merge",
        "candidates": ["p", "q"],
        "reasons": ["name", "birth"],
        "since": RECORDED,
    }


def test_what_the_input_says_stays_in_its_event() -> None:
    [row] = waiting(AMBIGUOUS).values()
    assert row.pop("event")["type"] == IdentityAmbiguous.wire
    assert "王秀英" not in str(row)


@pytest.mark.parametrize("outcome", ["merged", "declined", "erased"])
def test_a_proposal_that_is_closed_waits_no_longer(outcome: Any) -> None:
    assert waiting(PROPOSED, changed(CLOSED, outcome=outcome)) == {}


def test_an_input_that_is_resolved_waits_no_longer_and_the_others_do() -> None:
    other = changed(AMBIGUOUS, input_id="j")
    assert list(waiting(AMBIGUOUS, other, PROPOSED, RESOLVED)) == ["j", "m"]


def test_what_was_resolved_at_once_never_waited() -> None:
    assert waiting(RESOLVED, CLOSED) == {}
