"""`Thing`: the subject of a fact of his_adapter, named by kind and id."""

from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from shared.text_form import TextForm


class Kind(StrEnum):
    """Kinds of things that have their own version clock. The values are stored and published."""

    STEP = "visit"
    VISIT_FIELDS = "said"
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
About = Annotated[Thing, TextForm(Thing.of)]
"""A thing as a field of an event."""
