"""What the page of accesses shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from careloop_client.contacts.models import Access, AccessReview, PersonName
from console.names import patient_name
from console.staff import name_of
from shared.definitions import Definitions

SHORT = 8
"""Characters by which a record is named: its whole id is in its link."""


@dataclass(frozen=True, slots=True)
class Look:
    """One access. `persons`: record id → the name of the person, else the id in short."""

    at: datetime
    reader: str
    reader_id: str
    persons: dict[str, str]
    more: int
    purpose: str
    result: str
    what: str


def look(answer: Access, definitions: Definitions, people: Mapping[str, PersonName]) -> Look:
    """A row of the accesses. `people`: the names that are known."""
    return Look(
        answer.at,
        name_of(definitions, answer.reader),
        answer.reader,
        {person: patient_name(people.get(person)) or person[:SHORT] for person in answer.persons},
        answer.more,
        answer.purpose,
        answer.result,
        f"{answer.service}: {answer.route}",
    )


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency access. `own`: the reader's own, which somebody else reviews."""

    review_id: str
    person_id: str
    broken_by: str
    broken: datetime
    until: datetime
    reason: str
    status: str
    justified: bool | None
    reviewed_by: str
    reviewed: datetime | None
    note: str
    own: bool


def emergencies(answers: Iterable[AccessReview], reader: str, definitions: Definitions) -> list[Emergency]:
    """The emergency accesses: what waits for review first, then the newest."""
    ordered = sorted(answers, key=lambda each: each.status != "open")
    return [
        Emergency(
            each.review_id,
            each.person_id,
            name_of(definitions, each.broken_by),
            each.broken,
            each.until,
            each.reason or "",
            each.status,
            each.justified,
            name_of(definitions, each.reviewed_by or ""),
            each.reviewed,
            each.note or "",
            each.broken_by == reader,
        )
        for each in ordered
    ]
