"""`Thing`: the subject of a fact, named by kind and id."""

from enum import StrEnum
from typing import NamedTuple, Self


class Kind(StrEnum):
    """Kinds of things that have their own version clock. The values are stored and published."""

    STEP = "visit"
    SAID = "said"
    APPOINTMENT = "appointment"
    REPORT = "report"
    ORDER = "order"
    CHARGE = "charge"
    ITEM = "item"
    COVERAGE = "coverage"
    RELATIVE = "relative"
    COMMUNICATION = "communication"
    LINK = "link"
    DETAILS = "details"
    DEATH = "death"
    WAITING = "waiting"


class Thing(NamedTuple):
    """The subject of a fact of one patient. `DETAILS` and `DEATH` exist once per patient and have no id.

    Its text form is `<kind>/<id>`: events contain that text, the state contains its hash. A kind that only older
    versions used is kept as a plain string.
    """

    kind: Kind | str
    id: str | None = None

    def __str__(self) -> str:
        return str(self.kind) if self.id is None else f"{self.kind}/{self.id}"

    @classmethod
    def of(cls, text: str) -> Self:
        """Parse the text form."""
        kind, slash, id = text.partition("/")
        return cls(_KINDS.get(kind, kind), id if slash else None)


_KINDS: dict[str, Kind] = {kind.value: kind for kind in Kind}


def step_of(visit_id: str) -> Thing:
    """The current step of a visit (admitted, ended, …)."""
    return Thing(Kind.STEP, visit_id)


def said_of(visit_id: str) -> Thing:
    """The other fields of a visit: class, department, ward, doctor, whether it has a visit number."""
    return Thing(Kind.SAID, visit_id)


DETAILS, DEATH = Thing(Kind.DETAILS), Thing(Kind.DEATH)
