"""The filter of the queue, which stands in the address of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query

STATUSES = ("open", "assigned", "resolved")
SEVERITIES = ("high", "medium", "low")
WHOSE = ("all", "me", "nobody")
PAGE = 50
"""Cases on a page of the queue."""
Values = Annotated[list[str], Query(max_length=10)]
Value = Annotated[str, Query(max_length=2000)]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases the queue shows. `cursor`: of the page; the first one if empty."""

    status: tuple[str, ...] = STATUSES[:2]
    severity: tuple[str, ...] = ()
    department: str = ""
    whose: str = "all"
    cursor: str = ""

    @property
    def query(self) -> str:
        """As it stands in an address."""
        fields = {"status": self.status, "severity": self.severity, "department": self.department}
        more = {"whose": self.whose if self.whose != "all" else "", "cursor": self.cursor}
        return urlencode({name: value for name, value in (fields | more).items() if value}, doseq=True)

    def page(self, cursor: str) -> str:
        """The address of another page of the same queue."""
        return replace(self, cursor=cursor).query

    def asked(self, me: str) -> Mapping[str, Any]:
        """The parameters for the service, without the status; `me` is the id of who looks."""
        return {
            "severity": ",".join(self.severity) or None,
            "department": self.department or None,
            "assignee": me if self.whose == "me" else None,
            "unassigned": True if self.whose == "nobody" else None,
        }


def _filter(
    status: Values = [],  # noqa: B006
    severity: Values = [],  # noqa: B006
    department: Value = "",
    whose: Value = "all",
    cursor: Value = "",
) -> Filter:
    """The filter of an address; what it does not know is left out."""
    return Filter(
        _those(STATUSES, status) or STATUSES[:2],
        _those(SEVERITIES, severity),
        department.strip()[:200],
        whose if whose in WHOSE else "all",
        cursor,
    )


def _those(all: Sequence[str], chosen: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in all if each in chosen)


Asked = Annotated[Filter, Depends(_filter)]
