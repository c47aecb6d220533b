"""What the follow-up list asks for under each tab, and what its rows show."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from careloop_client.contacts.models import PersonName
from careloop_client.followup.models import Task, TaskCounts
from console.counts import counted
from console.screens.followup.view import TABS, Filter, age, rows

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 9, 17, tzinfo=UTC)
"""01:00 of the tenth in Shanghai."""
MIDNIGHT = datetime(2026, 3, 10, tzinfo=SHANGHAI)


def task(id: str = "t", **fields: Any) -> Task:
    known = {"person_id": "p", "enrolment_id": "e", "step": "ask", "kind": "survey", "status": "waiting"}
    return Task.model_validate({"task_id": id, **known, "due": NOW, "changed": NOW, **fields})


def test_today_is_the_day_of_the_hospital() -> None:
    asked = Filter("today").asked(NOW, SHANGHAI)
    assert (asked["due_from"], asked["due_until"]) == (MIDNIGHT, MIDNIGHT + timedelta(days=1))
    assert Filter("coming").asked(NOW, SHANGHAI)["due_from"] == MIDNIGHT + timedelta(days=1)


@pytest.mark.parametrize(
    ("tab", "statuses", "sort"),
    [
        ("today", ("waiting", "released", "answered"), "due"),
        ("overdue", ("waiting",), "due"),
        ("coming", ("waiting",), "due"),
        ("unanswered", ("released",), "-due"),
        ("alarms", ("answered",), "-due"),
    ],
)
def test_a_tab_asks_for_its_statuses_in_its_order(tab: str, statuses: tuple[str, ...], sort: str) -> None:
    assert (Filter(tab).statuses, Filter(tab).sort) == (statuses, sort)


def test_what_nobody_answered_are_surveys_whatever_kind_was_chosen() -> None:
    asked = Filter("unanswered", kind="reminder", department="CARD").asked(NOW, SHANGHAI)
    assert (asked["kind"], asked["department"], asked["due_until"]) == ("survey", "CARD", NOW)


def test_another_tab_keeps_the_filter_and_begins_at_its_first_page() -> None:
    chosen = Filter("coming", plan="after", department="CARD", cursor="c")
    assert chosen.on("today") == "tab=today&plan=after&department=CARD"
    assert chosen.page("d").endswith("&cursor=d")


def test_a_row_shows_its_patient_as_far_as_they_are_known() -> None:
    wang = PersonName(person_id="p", name="王秀英", birth_date=date(1956, 4, 12), sex="female")
    known, unknown = rows([task(), task(person_id="q")], {"p": wang}, NOW, SHANGHAI)
    assert (known.name, known.sex, known.age) == ("王秀英", "female", 69)
    assert (unknown.name, unknown.sex, unknown.age) == ("", "", None)


def test_only_what_still_waits_is_overdue() -> None:
    late, early = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    tasks = [task(due=late), task(due=late, status="released"), task(due=early)]
    assert [row.overdue for row in rows(tasks, {}, NOW, SHANGHAI)] == [True, False, False]


@pytest.mark.parametrize(("day", "years"), [((2026, 4, 11), 69), ((2026, 4, 12), 70), ((2026, 12, 1), 70)])
def test_a_year_of_age_is_complete_on_the_birthday(day: tuple[int, int, int], years: int) -> None:
    assert age(date(1956, 4, 12), date(*day)) == years


def test_counts_are_those_of_the_tab_and_say_where_counting_ended() -> None:
    counts = TaskCounts(waiting=3, released=2, answered=0, cancelled=9, at_most=1000, cut=["released"])
    assert counted(counts, Filter("today").statuses) == {"waiting": "3", "released": "2+", "answered": "0"}
    assert set(TABS) == {"today", "overdue", "coming", "unanswered", "alarms"}
