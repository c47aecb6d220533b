"""What the desk shows of the follow-up list. Pure."""

from dataclasses import dataclass

from careloop_client.followup.models import OneTaskCounts
from console.problems import Trouble
from console.screens.followup.view import Filter


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the follow-up list, and how many tasks it has: `12`, or `1000+`; "" if that is not known now."""

    name: str
    query: str
    number: str


def tab_of(filter: Filter, answer: OneTaskCounts | Trouble) -> Tab:
    """The tab with its number."""
    if isinstance(answer, Trouble):
        return Tab(filter.tab, filter.query, "")
    numbers = [getattr(answer.data, status) for status in filter.statuses]
    more = any(number >= answer.data.at_most for number in numbers)
    return Tab(filter.tab, filter.query, f"{sum(numbers)}{'+' if more else ''}")
