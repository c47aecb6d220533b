"""What the desk shows of the follow-up list. Pure."""

from dataclasses import dataclass

from careloop_client.followup.models import OneTaskCounts
from console.counts import together
from console.problems import Trouble
from console.screens.followup.view import Filter


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the follow-up list, and how many tasks it has: `12`, or `3+` if not all were looked at.

    The number is "" if it is not known now.
    """

    name: str
    query: str
    number: str


def tab_of(filter: Filter, answer: OneTaskCounts | Trouble) -> Tab:
    """The tab with its number."""
    if isinstance(answer, Trouble):
        return Tab(filter.tab, filter.query, "")
    return Tab(filter.tab, filter.query, together(answer.data, filter.statuses))
