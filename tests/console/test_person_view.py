"""What the page of a person shows, and in which order."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from careloop_client.complaints.models import Case
from careloop_client.contacts.models import PersonVisit, TimelineEntry, View360
from careloop_client.followup.models import Task
from console.screens.person.clocks import Clocks
from console.screens.person.view import PAGE, next_first, open_first, timeline, visits
from console.typed_times import BAD_TIME, at

NOW = datetime(2026, 3, 9, 10, tzinfo=UTC)


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def case(id: str, status: str = "open", due: float | None = None, changed: float = 0) -> Case:
    clock = {"respond": {"due": hours(due), "breached": False}} if due is not None else {}
    fields = {"category": "complaint", "severity": "high", "source": "phone", "source_id": "s", "department": "CARD"}
    times = {"opened": NOW, "changed": hours(changed)}
    return Case.model_validate(
        {
            "case_id": id,
            "person_id": "p",
            "score": None,
            "status": status,
            "level": 0,
            "revision": 1,
            "sla": clock,
            "escalations": [],
        }
        | fields
        | times
    )


def task(id: str, status: str, due: float) -> Task:
    fields = {"person_id": "p", "enrolment_id": "e", "step": "s", "kind": "reminder", "changed": NOW}
    return Task.model_validate({"task_id": id, "status": status, "due": hours(due), **fields})


def human(**visit: Any) -> View360:
    empty = {"cluster": ["p"], "erased": False, "identity": {}, "confirmed": {}, "claims": [], "dead": False}
    fields = {"patient_class": "inpatient", "department": "CARD", "department_name": "心内科", "ward": "12"}
    one = PersonVisit.model_validate({"visit_id": "v", "doctor": "D1", "doctor_name": "", **fields, **visit})
    lists = ("diagnoses", "allergies", "no_known_allergies", "results", "spend", "charges", "incomplete", "timeline")
    more = {"dead_since": None, "consents": {}, "counts": {}, "visits": [one], **{name: [] for name in lists}}
    return View360.model_validate({"person_id": "p", **empty, **more})


def entry(number: int, type: str = "a") -> TimelineEntry:
    fields = {"person_id": "p", "time": hours(number), "recorded": NOW, "data": {}}
    return TimelineEntry.model_validate({"event_id": str(number), "type": type, **fields})


def test_what_is_due_first_comes_first_and_what_is_done_last() -> None:
    cases = [case("done", "resolved", changed=1), case("late", due=9), case("soon", due=1), case("no-clock")]
    newer = case("done-later", "resolved", changed=2)
    assert [each.case_id for each in open_first([*cases, newer])] == ["soon", "late", "no-clock", "done-later", "done"]


def test_the_next_step_comes_first_then_the_past_backwards() -> None:
    tasks = [task("old", "released", -9), task("later", "waiting", 9), task("next", "waiting", 1)]
    recent = task("recent", "answered", -1)
    assert [each.task_id for each in next_first([*tasks, recent])] == ["next", "later", "recent", "old"]


@pytest.mark.parametrize(
    ("steps", "step"),
    [
        ({"admitted": NOW, "discharged": NOW}, "discharged"),
        ({"discharged": NOW, "admitted": NOW}, "discharged"),
        ({"admitted": hours(1), "registered": hours(0)}, "admitted"),
        ({"discharged": hours(1), "cancelled": hours(1)}, "cancelled"),
    ],
)
def test_a_visit_stands_where_its_last_step_says(steps: dict[str, datetime], step: str) -> None:
    [shown] = visits(human(steps=steps))
    assert (shown.step, shown.department, shown.doctor) == (step, "心内科", "D1")


def test_a_visit_of_which_nothing_happened_is_not_shown() -> None:
    assert visits(human(steps={})) == []


@given(st.lists(st.sampled_from("ab"), max_size=130))
def test_the_pages_of_a_timeline_have_each_entry_once_the_newest_first(types: list[str]) -> None:
    entries = [entry(number, type) for number, type in enumerate(types)]
    for kind in ("", "a"):
        wanted = [each for each in reversed(entries) if kind in ("", each.type)]
        page: int | None = 0
        shown: list[TimelineEntry] = []
        while page is not None:
            part = timeline(entries, kind, page)
            assert len(part.entries) <= PAGE
            shown, page = [*shown, *part.entries], part.earlier
        assert shown == wanted


def test_a_time_of_a_field_is_the_hospitals() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    assert at("2026-03-09T10:00", shanghai) == datetime(2026, 3, 9, 2, tzinfo=UTC)
    assert at(" ", shanghai) is None
    assert Clocks("2026-03-09T10:00", "").times(shanghai) == (datetime(2026, 3, 9, 2, tzinfo=UTC), None)


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59"])
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    for clocks in (Clocks(as_of=text), Clocks(known_at=text)):
        assert clocks.times(ZoneInfo("Asia/Shanghai")) == BAD_TIME
