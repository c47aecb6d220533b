"""The desk counts the follow-up that wants attention."""

import pytest

from careloop_client.followup.models import OneTaskCounts, TaskCounts
from console.problems import Trouble
from console.screens.desk.view import tab_of
from console.screens.followup.view import Filter

META = {"as_of": "2026-03-09T08:00:00Z", "position": "p", "lag": 0, "lag_as_of": None}


def counts(**numbers: int) -> OneTaskCounts:
    none = {"waiting": 0, "released": 0, "answered": 0, "cancelled": 0}
    return OneTaskCounts.model_validate({"data": TaskCounts(**{**none, **numbers}, at_most=1000), **META})


@pytest.mark.parametrize(
    ("tab", "numbers", "shown"),
    [
        ("today", {"waiting": 2, "released": 1, "answered": 1, "cancelled": 7}, "4"),
        ("overdue", {"waiting": 3, "answered": 5}, "3"),
        ("alarms", {"answered": 1000}, "1000+"),
        ("overdue", {}, "0"),
    ],
)
def test_a_tab_counts_what_it_lists(tab: str, numbers: dict[str, int], shown: str) -> None:
    assert tab_of(Filter(tab), counts(**numbers)).number == shown


def test_what_is_not_known_is_no_zero() -> None:
    assert tab_of(Filter("today"), Trouble(503, "service-unavailable")).number == ""
