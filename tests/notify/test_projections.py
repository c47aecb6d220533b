"""Given the events of a message, what its row shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.projections import MESSAGES
from shared.contracts.base import changed
from shared.contracts.notify import (
    AttemptAssigned,
    AttemptFailed,
    AttemptSettled,
    AttemptStarted,
    AttemptSucceeded,
    AttemptUnknown,
    Link,
    MessageBounced,
    MessageDeferred,
    MessageDelivered,
    MessageRequested,
    MessageSuppressed,
)
from shared.testing import Shows

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
LATER = NINE + timedelta(hours=1)
REQUESTED = MessageRequested(
    at=NINE,
    recipient_id="p",
    message_id="m",
    purpose="survey",
    template="ask",
    about="e",
    person_id="p",
    valid_until=NINE + timedelta(hours=12),
    link=Link(purpose="survey", subject="t", expires=LATER, path="/s/"),
    values={"name": "王秀英"},
)
SUPPRESSED = MessageSuppressed(at=LATER, recipient_id="p", message_id="m", reason="no-consent")
DEFERRED = MessageDeferred(
    at=LATER, recipient_id="p", message_id="m", until=LATER, reason="quiet-hours", definition="quiet-hours/night/1"
)
CLAIMED = AttemptAssigned(
    at=LATER,
    recipient_id="p",
    message_id="m",
    attempt=2,
    channel="email",
    template="template/ask/2",
    language="zh",
    address="w@x.example",
    values={"name": "王秀英"},
)
STARTED = AttemptStarted(at=LATER, recipient_id="p", message_id="m", attempt=2, sender="s1")
SUCCEEDED = AttemptSucceeded(at=LATER, recipient_id="p", message_id="m", attempt=2, provider_id="m.2.p")
FAILED = AttemptFailed(at=LATER, recipient_id="p", message_id="m", attempt=2, reason="refused", permanent=True)
UNKNOWN = AttemptUnknown(at=LATER, recipient_id="p", message_id="m", attempt=2, reason="interrupted")
SETTLED = AttemptSettled(at=LATER, recipient_id="p", message_id="m", attempt=2, arrived=True, settled_by="liu")
DELIVERED = MessageDelivered(at=LATER, recipient_id="p", message_id="m", provider_id="m.2.p")
BOUNCED = MessageBounced(
    at=LATER,
    recipient_id="p",
    message_id="m",
    provider_id="m.2.p",
    reason="550 5.1.1 <w@x.example> unknown",
)
STORY = (REQUESTED, DEFERRED, CLAIMED, STARTED, SUCCEEDED, DELIVERED, BOUNCED)


def shown(*events: Any, batch: int = 1000) -> Any:
    return Shows(MESSAGES).given(*events, batch=batch).document("m")


def test_a_message_that_is_asked_for_shows_who_asked_for_what() -> None:
    row = {name: value for name, value in shown(REQUESTED).items() if not name.startswith("_")}
    assert row == {
        "recipient_id": "p",
        "person_id": "p",
        "staff_id": None,
        "purpose": "survey",
        "template": "ask",
        "about": "e",
        "valid_until": REQUESTED.valid_until,
        "status": "requested",
        "attempts": 0,
        "requested": NINE,
        "changed": NINE,
    }


def test_what_a_message_says_and_where_its_link_leads_is_shown_nowhere() -> None:
    assert "王秀英" not in str(shown(*STORY))
    assert "w@x.example" not in str(shown(*STORY))
    assert "link" not in shown(*STORY)


@pytest.mark.parametrize(
    ("event", "status", "more"),
    [
        (SUPPRESSED, "suppressed", {"reason": "no-consent"}),
        (DEFERRED, "deferred", {"until": LATER, "reason": "quiet-hours", "definition": "quiet-hours/night/1"}),
        (CLAIMED, "claimed", {"channel": "email", "language": "zh", "template": "template/ask/2", "attempts": 2}),
        (STARTED, "sending", {}),
        (SUCCEEDED, "sent", {"provider_id": "m.2.p"}),
        (FAILED, "failed", {"reason": "refused"}),
        (changed(FAILED, permanent=False), "retrying", {"reason": "refused"}),
        (UNKNOWN, "unknown", {"reason": "interrupted"}),
        (SETTLED, "delivered", {"settled_by": "liu"}),
        (changed(SETTLED, arrived=False), "retrying", {"settled_by": "liu"}),
        (DELIVERED, "delivered", {}),
        (BOUNCED, "bounced", {"reason": "smtp-5.1.1"}),
    ],
)
def test_each_step_of_a_message_is_a_status_of_its_own(event: Any, status: str, more: dict[str, Any]) -> None:
    before, after = shown(REQUESTED), shown(REQUESTED, event)
    assert after == {
        **before,
        **more,
        "status": status,
        "changed": LATER,
        "_seen": after["_seen"],
        "_cause": after["_cause"],
    }


def test_a_message_keeps_when_it_was_asked_for_and_what_was_learned_on_the_way() -> None:
    row = shown(*STORY)
    assert (row["requested"], row["changed"], row["attempts"], row["provider_id"]) == (NINE, LATER, 2, "m.2.p")
    assert (row["status"], row["reason"]) == ("bounced", "smtp-5.1.1")


def test_each_message_of_a_recipient_has_a_row_of_its_own() -> None:
    shows = Shows(MESSAGES).given(REQUESTED, changed(REQUESTED, message_id="n"), changed(SUPPRESSED, message_id="n"))
    assert [shows.document(id)["status"] for id in ("m", "n")] == ["requested", "suppressed"]


@given(st.integers(1, len(STORY)))
def test_batches_do_not_change_a_message(batch: int) -> None:
    assert shown(*STORY, batch=batch) == shown(*STORY)
