"""A whole system for flow tests: what `careloop up` starts, on free ports, with a frozen clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from deploy.local.demo.director import Director
from deploy.local.demo.story import hl7
from deploy.local.embedded import free_port
from deploy.local.options import Options
from deploy.local.system import System
from tests.conftest import SHANGHAI


@asynccontextmanager
async def running(directory: Path, split: bool = False, kafka: str | None = None) -> AsyncIterator[System]:
    """Started and ready; stopped in the end."""
    ports = [free_port() for _ in range(5)]
    options = Options(*ports, data_dir=directory, kafka=kafka, split=split)
    system = System(options, lambda line: None)
    try:
        await system.start()
        yield system
    finally:
        await system.stop()


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody fresh: isolation is by ids, not by topics. `mrn` is unique, so is the mail address."""

    mrn: str
    mail: str

    @classmethod
    def new(cls) -> "Patient":
        """Nobody met before."""
        word = uuid4().hex[:10]
        return cls(word, f"{word}@mail.example")

    @property
    def identifier(self) -> str:
        """As `GET /contacts/v1/persons?identifier=` takes it."""
        return f"MRN:CITY-HOSPITAL|{self.mrn}"

    def says(self, kind: str, control: str, at: str, extra: str = "") -> str:
        """An ADT message about this patient."""
        text = hl7(kind, f"{control}-{self.mrn}", at, extra)
        text = text.replace("100234", self.mrn).replace("wang.xiuying@mail.example", self.mail)
        return text.replace("13800138000", f"138{int(self.mrn, 16) % 10**8:08d}").replace(
            "V20260309001", f"V{self.mrn}"
        )


async def person_of(director: Director, patient: Patient) -> str:
    """The person id contacts gave to a patient."""
    await director.rest()
    [found] = await director.get("/contacts/v1/persons", identifier=patient.identifier)
    return str(found["person_id"])


MONDAY = datetime(2026, 3, 9, 9, 30, tzinfo=SHANGHAI)
THURSDAY = datetime(2026, 3, 12, 15, 0, tzinfo=SHANGHAI)


async def discharged(director: Director, patient: Patient) -> str:
    """Admitted on Monday, discharged on Thursday; returns the person id."""
    await director.mllp(patient.says("ADT^A01", "IN", "20260309093000+0800"))
    await director.mllp(patient.says("ADT^A03", "OUT", "20260312150000+0800", "|20260312150000"))
    return await person_of(director, patient)
