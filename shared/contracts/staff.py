"""The staff directory: published by contacts, read by all services."""

from datetime import date
from typing import ClassVar

from shared.definitions import Definition


class Staff(Definition):
    """A member of staff: published by contacts, read by all services (`roles` such as `complaints-supervisor`).

    `login`: the name at sign-in, if it is not the id. `departments` and `campuses` limit whom they may read, as the
    token claims of these names; `department` is where they belong. `phone`, `wecom_id`: where they are reached.
    """

    kind: ClassVar[str] = "staff"
    owner: ClassVar[str] = "contacts"

    name: str
    email: str
    language: str = "zh"
    login: str = ""
    phone: str = ""
    wecom_id: str = ""
    department: str = ""
    departments: tuple[str, ...] = ()
    campuses: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    head_of: tuple[str, ...] = ()
    absent_from: date | None = None
    absent_until: date | None = None

    @property
    def signs_in_as(self) -> str:
        """The login."""
        return self.login or self.id

    @property
    def reads_in(self) -> tuple[str, ...]:
        """The departments whose patients they may read, their own among them."""
        own = (self.department,) if self.department else ()
        return tuple(dict.fromkeys((*own, *self.departments)))
