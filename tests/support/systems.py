"""A whole system for flow tests: what `careloop up` starts, on free ports, with a frozen clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from careloop_client.calling import ProblemAnswered
from deploy.catalogue import mounts
from deploy.demo.director import Director
from deploy.demo.story import hl7
from deploy.local.embedded import free_port
from deploy.local.options import Options
from deploy.local.system import System
from tests.conftest import SHANGHAI


@asynccontextmanager
async def running(directory: Path, split: bool = False, kafka: str | None = None) -> AsyncIterator[System]:
    """Start a system of all services and wait until it is ready; stop it at the end."""
    ports = [free_port() for _ in range(6)]
    options = Options(*ports, data_dir=directory, kafka=kafka, split=split)
    system = System(options, lambda line: None)
    try:
        await system.start()
        yield system
    finally:
        await system.stop()


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient with a unique record number and mail address, so that tests that share a system do not meet."""

    mrn: str
    mail: str

    @classmethod
    def new(cls) -> "Patient":
        """A patient with a new number and mail address."""
        word = uuid4().hex[:10]
        return cls(word, f"{word}@mail.example")

    @property
    def identifier(self) -> str:
        """The record number as an identifier for `Director.find`."""
        return f"MRN:CITY-HOSPITAL|{self.mrn}"

    def says(self, kind: str, control: str, at: datetime, extra: str = "") -> str:
        """An ADT message about this patient."""
        text = hl7(kind, f"{control}-{self.mrn}", f"{at:%Y%m%d%H%M%S%z}", extra)
        text = text.replace("100234", self.mrn).replace("wang.xiuying@mail.example", self.mail)
        return text.replace("13800138000", f"138{int(self.mrn, 16) % 10**8:08d}").replace(
            "V20260309001", f"V{self.mrn}"
        )


async def person_of(director: Director, patient: Patient) -> str:
    """The person id that contacts gave to a patient."""
    await director.rest()
    [person] = await director.find(patient.identifier)
    return person.person_id


async def approves(second: Director, mount: str, subject: str) -> None:
    """Approve, as a second person, the action on a payment or person that waits for approval."""
    await second.rest()
    waiting = (await getattr(second.careloop, mounts()[mount]).list_approvals()).data
    [proposal] = [each for each in waiting if each.subject == subject]
    answer = await second.http.post(f"/{mount}{proposal.decide}", json={"approved": True})
    if answer.is_error:
        raise ProblemAnswered(answer.status_code, answer.json())


async def known_person(director: Director, patient: Patient) -> str:
    """The person id of a patient; sends an ADT^A28 first if contacts does not know the patient yet."""
    if persons := await director.find(patient.identifier):
        return persons[0].person_id
    await director.mllp(patient.says("ADT^A28", "MET", director.clock().astimezone(SHANGHAI)))
    return await person_of(director, patient)


FIRST = datetime(2026, 3, 5, 15, 0, tzinfo=SHANGHAI)


def next_thursday(now: datetime) -> datetime:
    """15:00 of the first Thursday after `now`; tests only move the clock forward."""
    day = now.astimezone(SHANGHAI) + timedelta(days=1)
    while day.weekday() != 3:
        day += timedelta(days=1)
    return day.replace(hour=15, minute=0, second=0, microsecond=0)


async def discharged(director: Director, patient: Patient) -> str:
    """Admit a patient three days ago and discharge them now; returns the person id."""
    now = director.clock().astimezone(SHANGHAI)
    await director.mllp(patient.says("ADT^A01", "IN", now - timedelta(days=3)))
    await director.mllp(patient.says("ADT^A03", "OUT", now))
    return await person_of(director, patient)
