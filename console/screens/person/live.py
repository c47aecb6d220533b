"""Which changes each part of the page of a person shows, and where it is asked for again."""

from collections.abc import Iterable
from urllib.parse import urlencode

from markupsafe import Markup

from console.live.changes import narrowed
from console.live.hub import Live
from console.staff import Person
from shared.positions import Vector, vector
from shared.problems import Problem

CONTACTS = ("contacts", "contacts-registry")
SHOWS = {
    "record": CONTACTS,
    "timeline": ("contacts", "followup", "complaints", "notify"),
    "cases": ("complaints",),
    "tasks": ("followup",),
    "messages": ("notify",),
}
"""Part → the deciders whose events it shows."""
READS = {
    "record": (*CONTACTS, "followup", "complaints", "notify"),
    "timeline": (*CONTACTS, "followup", "complaints", "notify"),
    "cases": (*CONTACTS, "complaints"),
    "tasks": (*CONTACTS, "followup"),
    "messages": (*CONTACTS, "notify"),
}
"""Part → the deciders whose events its read model takes in, so that it can wait for them."""
MOST_SEEN = 100


def seen_by(part: str, seen: Iterable[str]) -> str | None:
    """The position up to which a part must show everything, of all positions that the page was told."""
    reached: Vector = {}
    for word in seen:
        try:
            position = vector(word)
        except Problem:
            continue  # it only asks for what is newer
        reached |= {name: max(offset, reached.get(name, 0)) for name, offset in position.items()}
    return narrowed(reached, *READS[part])


class PersonParts:
    """The live attributes of the parts of one person's page. `human`: all records of the person."""

    def __init__(self, live: Live, reader: Person, person_id: str, human: Iterable[str]) -> None:
        self._live, self._staff, self._person_id = live, reader.staff, person_id
        self._human = list(dict.fromkeys((person_id, *human)))

    def __call__(self, part: str, position: str | None, **query: str) -> Markup:
        """The attributes of a part, whose answer was at this position. `query`: what it was asked for beside."""
        asked = {
            "human": self._live.passes.word(self._human),
            **{name: value for name, value in query.items() if value},
        }
        subjects = [f"{decider}/{id}" for decider in SHOWS[part] for id in self._human]
        source = f"/persons/{self._person_id}/parts/{part}?{urlencode(asked)}"
        return self._live.attributes(self._staff, source, subjects, position)
