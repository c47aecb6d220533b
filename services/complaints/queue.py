"""What can be asked of the queue of cases: which ones, in which order."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import StringConstraints

from services.complaints.projections import NEVER
from shared.readmodel import TimeOrder

MOST_COUNTED = 1000
"""Cases of a status that are looked at to count them: each is read only by who may see its person."""
STATUSES = ("open", "assigned", "resolved")
STATUS, SEVERITY = "(open|assigned|resolved)", "(low|medium|high)"
Statuses = Annotated[
    Annotated[str, StringConstraints(pattern=f"^{STATUS}(,{STATUS})*$", max_length=100)] | None,
    Query(description="one status or several, such as `open,assigned`"),
]
Severities = Annotated[
    Annotated[str, StringConstraints(pattern=f"^{SEVERITY}(,{SEVERITY})*$", max_length=100)] | None,
    Query(description="one severity or several, such as `medium,high`"),
]
Sorting = Annotated[
    Literal["id", "due"], Query(description="by id, or by what is due next: cases without a running clock last")
]
ORDERS: Mapping[str, TimeOrder | None] = {"id": None, "due": TimeOrder("due_by", latest=False)}


def _filter(
    department: str | None = None,
    severity: Severities = None,
    assignee: str | None = None,
    unassigned: Annotated[bool, Query(description="only cases that nobody was assigned to")] = False,
) -> dict[str, Any]:
    """The conditions on a case, as MongoDB takes them."""
    return {
        **({"department": department} if department else {}),
        **({"severity": {"$in": severity.split(",")}} if severity else {}),
        **({"assignee": assignee} if assignee else {}),
        **({"assignee": {"$exists": False}} if unassigned else {}),
    }


Filter = Annotated[dict[str, Any], Depends(_filter)]


def next_due(row: dict[str, Any]) -> Any:
    """When the next target of a case is due; None if no clock runs."""
    due = row["due_by"]
    return None if due == NEVER else due
