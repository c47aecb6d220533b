"""The steps of the story whose log is kept in `old/`, for reading by later versions.

Commands are named by their wire types, which never change, so that it plays on the code of any version.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.bus.topics import topic_name
from shared.contracts.base import model_of
from shared.definitions import Definition, kinds
from shared.envelope import Envelope
from tests.world import World
from tests.world.lives import Patient, message
from tests.world.log import Place
from tests.world.machine import product

WATCH = {"id": "adt", "version": 1, "source": "HIS/CITY", "types": ["ADT"], "staff": ["chen-supervisor"]}
PEOPLE = {"id": "default", "version": 2, "region": "CN", "area_code": "010", "most_people": 2}


def _made(kind: str, fields: dict[str, Any]) -> Definition:
    return kinds()[kind].model_validate(fields)


class Story:
    """A sealed world and its patients. `after` is called after each step, when the world is at rest."""

    def __init__(self, after: Callable[[World], None]) -> None:
        product()
        self.world = World(sealed=True, definitions=[_made("watch", WATCH), _made("identity", PEOPLE)])
        self.one = Patient("A1", "王^秀英", "13800138000", "a1@x.example")
        self.other = Patient("B1", "张^伟", "13900139000", "b1@x.example")
        self._count, self._after = 0, after

    def say(self, record: Patient, event: str, stay: str = "", death: str = "", more: str = "", **swap: str) -> None:
        """Send an HL7 message dated now, after replacing the texts in `swap`."""
        self._count += 1
        text = message(self.world.now, f"S{self._count}", record, event, stay, death, more)
        for old, new in swap.items():
            text = text.replace(old, new)
        assert self.world.hl7(text) == ["AA"], self.world.letters
        self.later(minutes=1)

    def fhir(self, kind: str, id: str, who: str = "subject", **fields: Any) -> None:
        """Send a FHIR resource about the first patient, whom its field `who` references."""
        number = {"type": "Patient", "identifier": {"type": {"coding": [{"code": "MR"}]}, "value": self.one.number}}
        head = {"resourceType": kind, "id": id, "meta": {"lastUpdated": self.world.now.isoformat()}}
        assert self.world.fhir({**head, **({who: number} if who else {}), **fields}) == ["stored"], self.world.letters
        self.later(minutes=1)

    def ask(self, decider: str, wire: str, status: str = "accepted", **fields: Any) -> None:
        """Send a command and check the status of its outcome."""
        self._count += 1
        model: Any = model_of(f"careloop.{decider}.{wire}.v1")
        command = model.model_validate({"id": f"ask-{self._count}", "at": self.world.now, **fields})
        outcome = self.world.ask(decider, command)
        assert outcome.status == status, (wire, outcome)
        self.later(minutes=1)

    def write(self, service: str, kind: str, wire: str, /, **fields: Any) -> None:
        """Append a record to a topic of a service."""
        model: Any = model_of(f"careloop.{wire}.v1")
        event, now, id = model.model_validate(fields), self.world.now, f"{wire}-1"
        envelope = Envelope(event, id, f"/careloop/{service}", event.at, now, id, id)
        self.world.log.append(Place(topic_name(service, kind), 0), [envelope], now)

    def newest(self, wire: str) -> Any:
        """The newest event of a type."""
        return [each.data for each in self.world.history if type(each.data).wire.endswith(f".{wire}.v1")][-1]

    def later(self, **time: float) -> None:
        """Let time pass, come to rest, and call `after`."""
        self.world.until(self.world.now + timedelta(**time))
        self._after(self.world)

    def person(self, record: Patient) -> str:
        """The person id of a patient."""
        return self.world.person(record.number)
