"""The staff directory: published by contacts, read by all services."""

from datetime import date
from typing import ClassVar

from shared.definitions import Definition


class Staff(Definition):
    """A member of staff: published by contacts, read by all services (`roles` such as `complaints-supervisor`)."""

    kind: ClassVar[str] = "staff"
    owner: ClassVar[str] = "contacts"

    name: str
    email: str
    language: str = "zh"
    department: str = ""
    roles: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    head_of: tuple[str, ...] = ()
    absent_from: date | None = None
    absent_until: date | None = None
