"""Given the events of a case, what its row shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.complaints.projections import CASES, HISTORY, NEVER
from shared.contracts.base import changed
from shared.contracts.complaints import (
    CaseAssigned,
    CaseEscalated,
    CaseOpened,
    CaseResolved,
    NoSlaPolicyMatched,
    SlaBreached,
    SlaStarted,
)
from shared.testing import Shows

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
DUE = NINE + timedelta(hours=4)
OPENED = CaseOpened(
    at=NINE,
    case_id="k",
    person_id="p",
    category="complaint",
    severity="high",
    source="desk",
    source_id="t",
    department="CARD",
    score=1,
    description="无人理睬",
)
RESPOND = SlaStarted(
    at=NINE,
    case_id="k",
    person_id="p",
    policy="sla-policy/bad/1",
    calendar="calendar/office/1",
    target="respond",
    due=DUE,
    provisional=False,
)
RESOLVE = changed(RESPOND, target="resolve", due=DUE + timedelta(days=1), provisional=True)
BREACHED = SlaBreached(at=DUE, case_id="k", person_id="p", policy="sla-policy/bad/1", target="respond", due=DUE)
ESCALATED = CaseEscalated(
    at=DUE,
    case_id="k",
    person_id="p",
    level=1,
    role="supervisor",
    escalated_to=("chen", "ma"),
    template="escalated",
    reason="respond-breached",
)
HIGHER = changed(ESCALATED, at=DUE + timedelta(hours=1), level=2, role="director", escalated_to=("lin",))
ASSIGNED = CaseAssigned(at=DUE + timedelta(hours=2), case_id="k", person_id="p", assignee="ma", assigned_by="chen")
RESOLVED = CaseResolved(at=DUE + timedelta(hours=3), case_id="k", person_id="p", resolved_by="ma", resolution="道歉")
STORY = (OPENED, RESPOND, RESOLVE, BREACHED, ESCALATED, HIGHER, ASSIGNED, RESOLVED)


def shown(*events: Any, batch: int = 1000) -> Any:
    return Shows(CASES).given(*events, batch=batch).document("k")


def test_a_case_that_opens_is_shown_with_all_that_is_not_personal() -> None:
    row = {name: value for name, value in shown(OPENED).items() if not name.startswith("_")}
    assert row.pop("opened_by")["type"] == CaseOpened.wire
    assert row == {
        "person_id": "p",
        "category": "complaint",
        "severity": "high",
        "source": "desk",
        "source_id": "t",
        "department": "CARD",
        "score": 1,
        "status": "open",
        "level": 0,
        "sla": {},
        "escalations": [],
        "opened": NINE,
        "changed": NINE,
        "revision": 1,
        "due_by": NEVER,
    }


def test_each_target_has_a_clock() -> None:
    clock = {"policy": "sla-policy/bad/1", "breached": False}
    assert shown(OPENED, RESPOND, RESOLVE)["sla"] == {
        "respond": {**clock, "due": DUE, "provisional": False},
        "resolve": {**clock, "due": RESOLVE.due, "provisional": True},
    }


def test_a_breach_marks_its_own_target() -> None:
    sla = shown(OPENED, RESPOND, RESOLVE, BREACHED)["sla"]
    assert (sla["respond"]["breached"], sla["resolve"]["breached"], sla["respond"]["due"]) == (True, False, DUE)


def test_an_escalation_raises_the_level_and_says_who_was_told() -> None:
    row = shown(OPENED, ESCALATED, HIGHER)
    assert row["level"] == 2
    assert row["escalations"] == [
        {"level": 1, "role": "supervisor", "to": ["chen", "ma"], "at": ESCALATED.at},
        {"level": 2, "role": "director", "to": ["lin"], "at": HIGHER.at},
    ]


def test_an_assigned_case_names_who_works_on_it() -> None:
    row = shown(OPENED, ASSIGNED)
    assert (row["status"], row["assignee"], row["changed"]) == ("assigned", "ma", ASSIGNED.at)


def test_a_resolved_case_names_who_resolved_it_and_when_and_keeps_its_history() -> None:
    row = shown(*STORY)
    assert (row["status"], row["resolved_by"], row["resolved"]) == ("resolved", "ma", RESOLVED.at)
    assert (row["level"], row["assignee"], row["opened"]) == (2, "ma", NINE)
    assert row["closed_by"]["type"] == CaseResolved.wire


def test_a_case_that_no_policy_covers_says_so() -> None:
    none = NoSlaPolicyMatched(at=NINE, case_id="k", person_id="p", considered=("sla-policy/bad/1",))
    assert "no_sla" not in shown(OPENED)
    assert shown(OPENED, none)["no_sla"] is True


@pytest.mark.parametrize(
    ("story", "due"),
    [
        (STORY[:3], DUE),
        (STORY[:5], DUE),
        ((*STORY[:5], ASSIGNED), RESOLVE.due),
        ((OPENED, ASSIGNED), NEVER),
        (STORY, NEVER),
    ],
)
def test_a_case_is_due_by_the_next_target_that_is_not_met_also_when_it_is_overdue(story: Any, due: datetime) -> None:
    assert shown(*story)["due_by"] == due


def test_the_revision_counts_what_people_did_and_not_what_clocks_do() -> None:
    assert [shown(*STORY[:number])["revision"] for number in range(1, len(STORY) + 1)] == [1, 1, 1, 1, 1, 1, 2, 3]


def test_the_history_of_a_case_has_every_step_in_order_and_nothing_personal() -> None:
    steps = Shows(HISTORY).given(*STORY).documents
    assert sorted(steps) == list(steps) == [f"k/{number:08}" for number in range(1, len(STORY) + 1)]
    assert [each["type"] for each in steps.values()] == [each.wire for each in STORY]
    assert steps["k/00000005"] == {
        "_id": "k/00000005",
        "case_id": "k",
        "person_id": "p",
        "type": CaseEscalated.wire,
        "at": DUE,
        "actor_type": "unknown",
        "actor_id": "",
        "level": 1,
        "role": "supervisor",
        "to": ["chen", "ma"],
    }
    assert (steps["k/00000007"]["assignee"], steps["k/00000002"]["due"]) == ("ma", DUE)
    assert "道歉" not in str(steps)
    assert "无人理睬" not in str(steps)


@pytest.mark.parametrize("event", STORY)
def test_each_case_has_a_row_of_its_own(event: Any) -> None:
    shows = Shows(CASES).given(OPENED, event)
    assert Shows(CASES).given(OPENED, event, changed(event, case_id="other")).document("k") == shows.document("k")


@given(st.integers(1, len(STORY)))
def test_batches_do_not_change_a_case(batch: int) -> None:
    assert shown(*STORY, batch=batch) == shown(*STORY)
