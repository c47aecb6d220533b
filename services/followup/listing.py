"""What can be asked of the list of tasks: which ones, in which order."""

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import StringConstraints

from shared.contracts.base import Moment
from shared.readmodel import TimeOrder

MOST_COUNTED = 1000
"""Tasks of a status that are looked at to count them: each is read only by who may see its person."""
STATUSES = ("waiting", "released", "answered", "cancelled")
STATUS = "(waiting|released|answered|cancelled)"
TaskStatuses = Annotated[
    Annotated[str, StringConstraints(pattern=f"^{STATUS}(,{STATUS})*$", max_length=100)] | None,
    Query(description="one status or several, such as `waiting,released`"),
]
TaskSorting = Annotated[
    Literal["id", "due", "-due"], Query(description="by id, by what is due first, or by what is due last")
]
ORDERS: Mapping[str, TimeOrder | None] = {
    "id": None,
    "due": TimeOrder("due", latest=False),
    "-due": TimeOrder("due"),
}


def _filter(
    kind: Literal["reminder", "survey"] | None = None,
    plan: Annotated[str | None, Query(description="the id of a plan, without its version")] = None,
    department: str | None = None,
    due_from: Annotated[Moment | None, Query(description="only tasks due at this time or later")] = None,
    due_until: Annotated[Moment | None, Query(description="only tasks due before this time")] = None,
    alarm: Annotated[bool, Query(description="only surveys whose answer is an alarm")] = False,
) -> dict[str, Any]:
    """The conditions on a task, as MongoDB takes them."""
    bounds = {"$gte": due_from and due_from.astimezone(UTC), "$lt": due_until and due_until.astimezone(UTC)}
    wanted = {
        "kind": kind,
        "plan": plan,
        "department": department,
        "due": {bound: time for bound, time in bounds.items() if time},
        "alarm": alarm,
    }
    return {name: value for name, value in wanted.items() if value}


TaskFilter = Annotated[dict[str, Any], Depends(_filter)]
