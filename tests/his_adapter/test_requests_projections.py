"""Given the events of a request to a hospital system, what its row shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.requests.projections import REQUESTS
from shared.contracts.base import changed
from shared.contracts.his_asks import Booking, Slot, Subject
from shared.contracts.his_requests import (
    AttemptAssigned,
    AttemptDeferred,
    AttemptStarted,
    HospitalRequested,
    RequestAnswered,
    RequestClosed,
    RequestReceived,
    RequestRetried,
    RequestTimedOut,
)
from shared.testing import Shows

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
LATER = NINE + timedelta(minutes=1)
UNTIL = NINE + timedelta(minutes=15)
WANG = Subject(number="100234", name="王秀英")
ASK = Booking(action="book", slot=Slot(starts=UNTIL, department="CARD"), reason="胸痛")
REQUESTED = HospitalRequested(
    at=NINE,
    request_id="CL1",
    person_id="p",
    asked_by="agent",
    endpoint="endpoint/his/1",
    answer_by=UNTIL,
    subject=WANG,
    ask=ASK,
)
CLAIMED = AttemptAssigned(
    at=LATER, request_id="CL1", person_id="p", attempt=2, endpoint="endpoint/his/2", subject=WANG, ask=ASK
)
STARTED = AttemptStarted(at=LATER, request_id="CL1", person_id="p", attempt=2, sender="s")
DEFERRED = AttemptDeferred(at=LATER, request_id="CL1", person_id="p", attempt=2, reason="no-answer", until=UNTIL)
TAKEN = RequestReceived(at=LATER, request_id="CL1", person_id="p", attempt=2)
ANSWERED = RequestAnswered(
    at=LATER, request_id="CL1", person_id="p", action="book", accepted=False, reason="not-found", detail="王秀英"
)
OVERDUE = RequestTimedOut(at=LATER, request_id="CL1", person_id="p", action="book", department="CARD", attempts=2)
RETRIED = RequestRetried(
    at=LATER, request_id="CL1", person_id="p", retried_by="lin", answer_by=UNTIL + timedelta(minutes=15)
)
CLOSED = RequestClosed(at=LATER, request_id="CL1", person_id="p", closed_by="lin", done=True, note="王秀英")
STORY = (REQUESTED, STARTED, DEFERRED, CLAIMED, STARTED, TAKEN, OVERDUE, RETRIED, ANSWERED, CLOSED)


def row(*events: Any, batch: int = 1000) -> Any:
    document = Shows(REQUESTS).given(*events, batch=batch).document("CL1")
    return {name: value for name, value in document.items() if not name.startswith("_")}


def test_a_request_is_shown_with_who_asks_what_of_whom_until_when() -> None:
    shown = row(REQUESTED)
    assert shown.pop("asked_as")["type"] == HospitalRequested.wire
    assert shown == {
        "person_id": "p",
        "asked_by": "agent",
        "endpoint": "endpoint/his/1",
        "answer_by": UNTIL,
        "action": "book",
        "status": "claimed",
        "attempts": 0,
        "asked": NINE,
        "changed": NINE,
    }


@pytest.mark.parametrize(
    ("event", "more"),
    [
        (CLAIMED, {"status": "claimed", "attempts": 2, "endpoint": "endpoint/his/2"}),
        (STARTED, {"status": "started"}),
        (DEFERRED, {"status": "waiting", "reason": "no-answer", "until": UNTIL}),
        (TAKEN, {"status": "received", "reason": ""}),
        (OVERDUE, {"status": "overdue", "department": "CARD"}),
        (RETRIED, {"retried_by": "lin", "answer_by": RETRIED.answer_by}),
    ],
)
def test_each_step_of_a_request_changes_what_it_says_and_nothing_else(event: Any, more: dict[str, Any]) -> None:
    before = row(REQUESTED, DEFERRED, OVERDUE)
    assert row(REQUESTED, DEFERRED, OVERDUE, event) == {**before, **more, "changed": LATER}


@pytest.mark.parametrize("accepted", [True, False])
def test_an_answer_says_whether_it_was_done_and_keeps_the_hospitals_words_in_its_event(accepted: bool) -> None:
    shown = row(REQUESTED, changed(ANSWERED, accepted=accepted))
    assert (shown["status"], shown["accepted"], shown["reason"]) == ("answered", accepted, "not-found")
    assert shown["answered_as"]["type"] == RequestAnswered.wire


@pytest.mark.parametrize("done", [True, False])
def test_a_request_that_is_settled_by_hand_says_by_whom_and_whether_it_was_done(done: bool) -> None:
    shown = row(REQUESTED, OVERDUE, changed(CLOSED, done=done))
    assert (shown["status"], shown["closed_by"], shown["done"]) == ("closed", "lin", done)
    assert shown["closed_as"]["type"] == RequestClosed.wire


def test_what_is_personal_stands_nowhere_but_in_the_events_as_they_travelled() -> None:
    shown = {name: value for name, value in row(*STORY).items() if not name.endswith("_as")}
    assert "王秀英" not in str(shown)
    assert "胸痛" not in str(shown)


def test_a_request_keeps_when_it_was_asked_for() -> None:
    shown = row(*STORY)
    assert (shown["asked"], shown["changed"], shown["attempts"]) == (NINE, LATER, 2)


def test_each_request_has_a_row_of_its_own() -> None:
    shows = Shows(REQUESTS).given(REQUESTED, changed(REQUESTED, request_id="CL2"), changed(OVERDUE, request_id="CL2"))
    assert [shows.document(id)["status"] for id in ("CL1", "CL2")] == ["claimed", "overdue"]


@given(st.integers(1, len(STORY)))
def test_batches_do_not_change_a_request(batch: int) -> None:
    assert row(*STORY, batch=batch) == row(*STORY)
