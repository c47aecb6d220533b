"""Which changes each part of the page of a person shows, and where it is asked for again."""

from collections.abc import Iterable
from urllib.parse import urlencode

from markupsafe import Markup

from console.live.hub import Live
from console.live.parts import Part
from console.staff import Person

CONTACTS = ("contacts", "contacts-registry")
ALL = (*CONTACTS, "followup", "complaints", "notify")
EVENTS = {
    "record": Part(CONTACTS, ALL),
    "timeline": Part(("contacts", "followup", "complaints", "notify"), ALL),
    "cases": Part(("complaints",), (*CONTACTS, "complaints")),
    "tasks": Part(("followup",), (*CONTACTS, "followup")),
    "messages": Part(("notify",), (*CONTACTS, "notify")),
}
"""The parts of the page that stay current."""
SECTIONS = {"record": "diagnoses,allergies,results,spend", "timeline": "timeline"}
"""Part that is filled from the 360 → the sections that it shows of it."""


class PersonParts:
    """The live attributes of the parts of one person's page. `human`: all records of the person."""

    def __init__(self, live: Live, reader: Person, person_id: str, human: Iterable[str]) -> None:
        self._live, self._staff, self._person_id = live, reader.staff, person_id
        self._human = list(dict.fromkeys((person_id, *human)))

    def __call__(self, part: str, position: str | None, **query: str) -> Markup:
        """The attributes of a part, whose answer was at this position. `query`: what it was asked for beside."""
        asked = {
            "human": self._live.passes.word(self._staff, self._human),
            **{name: value for name, value in query.items() if value},
        }
        source = f"/persons/{self._person_id}/parts/{part}?{urlencode(asked)}"
        return self._live.attributes(self._staff, source, EVENTS[part].subjects(self._human), position)
