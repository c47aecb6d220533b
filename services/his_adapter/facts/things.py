"""The name of what a fact is about: its kind and its id."""

from enum import StrEnum
from typing import NamedTuple, Self


class Kind(StrEnum):
    """Kinds of things that have a clock of their own; the values are stored and published."""

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
    """A thing of one patient. Of details and death there is one each, without an id.

    As text it is `<kind>/<id>`: so it stands in events, and its hash in state. A kind that only older versions knew
    stays as they wrote it.
    """

    kind: Kind | str
    id: str | None = None

    def __str__(self) -> str:
        return str(self.kind) if self.id is None else f"{self.kind}/{self.id}"

    @classmethod
    def of(cls, text: str) -> Self:
        """The thing that a text names."""
        kind, slash, id = text.partition("/")
        return cls(_KINDS.get(kind, kind), id if slash else None)


_KINDS: dict[str, Kind] = {kind.value: kind for kind in Kind}


def step_of(visit_id: str) -> Thing:
    """The step that a visit stands at."""
    return Thing(Kind.STEP, visit_id)


def said_of(visit_id: str) -> Thing:
    """What is said of a visit beside its step."""
    return Thing(Kind.SAID, visit_id)


DETAILS, DEATH = Thing(Kind.DETAILS), Thing(Kind.DEATH)
