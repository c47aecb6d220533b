"""The filter of the list of users, which stands in the address of the page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query

from shared.contracts.staff import Staff

PAGE = 50
"""Users on a page."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Of a definition whose change has no time."""
Value = Annotated[str, Query(max_length=200)]


def _changed(staff: Staff) -> Any:
    return -(staff.applied_at or LONG_AGO).timestamp()


ORDERS: Mapping[str, Callable[[Staff], Any]] = {
    "name": lambda staff: staff.name.casefold(),
    "login": lambda staff: staff.signs_in_as,
    "changed": _changed,
}
"""The orders of the list; the latest change first."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which users the list shows. `text`: a part of name, login or id; `page` counts from 1."""

    text: str = ""
    role: str = ""
    department: str = ""
    locked: bool = False
    sort: str = "name"
    page: int = 1

    @property
    def query(self) -> str:
        """As it stands in an address."""
        fields = {"text": self.text, "role": self.role, "department": self.department}
        fields["locked"] = "yes" if self.locked else ""
        fields["sort"] = self.sort if self.sort != "name" else ""
        return urlencode({name: value for name, value in fields.items() if value})

    def at(self, page: int) -> str:
        """The address of another page of the same list."""
        return "&".join(filter(None, [replace(self, page=page).query, f"page={page}"]))

    def shown(self, staff: Iterable[Staff], locked: Callable[[str], object]) -> list[Staff]:
        """The users of this filter on all pages, in its order. `locked` says of an id whether it is locked."""
        text = self.text.casefold()
        chosen = [
            each
            for each in staff
            if any(text in word.casefold() for word in (each.name, each.signs_in_as, each.id))
            and (not self.role or self.role in each.roles)
            and (not self.department or self.department in each.reads_in)
            and (not self.locked or locked(each.id))
        ]
        return sorted(chosen, key=ORDERS[self.sort])


def _filter(
    text: Value = "",
    role: Value = "",
    department: Value = "",
    locked: Value = "",
    sort: Value = "name",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Filter:
    """The filter of an address; what it does not know is left out."""
    order = sort if sort in ORDERS else "name"
    return Filter(text.strip(), role.strip(), department.strip(), locked == "yes", order, page)


Asked = Annotated[Filter, Depends(_filter)]
