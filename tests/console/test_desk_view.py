"""The desk counts the follow-up that wants attention."""

from typing import Any

import pytest

from careloop_client.followup.models import OneTaskCounts, TaskCounts
from console.problems import Trouble
from console.screens.desk.view import tab_of
from console.screens.followup.view import Filter

META = {"as_of": "2026-03-09T08:00:00Z", "position": "p", "lag": 0, "lag_as_of": None}


def counts(*cut: Any, **numbers: int) -> OneTaskCounts:
    none = {"waiting": 0, "released": 0, "answered": 0, "cancelled": 0}
    return OneTaskCounts.model_validate(
        {"data": TaskCounts(**{**none, **numbers}, at_most=1000, cut=list(cut)), **META}
    )


@pytest.mark.parametrize(
    ("tab", "numbers", "shown"),
    [
        ("today", {"waiting": 2, "released": 1, "answered": 1, "cancelled": 7}, "4"),
        ("overdue", {"waiting": 3, "answered": 5}, "3"),
        ("overdue", {}, "0"),
    ],
)
def test_a_tab_counts_what_it_lists(tab: str, numbers: dict[str, int], shown: str) -> None:
    assert tab_of(Filter(tab), counts(**numbers)).number == shown


def test_a_number_is_the_least_there_is_if_not_all_tasks_of_the_tab_were_looked_at() -> None:
    assert tab_of(Filter("alarms"), counts("answered", answered=3)).number == "3+"
    assert tab_of(Filter("overdue"), counts("answered", waiting=3)).number == "3"
    assert tab_of(Filter("overdue"), counts("waiting")).number == "0+"


def test_what_is_not_known_is_no_zero() -> None:
    assert tab_of(Filter("today"), Trouble(503, "service-unavailable")).number == ""
