"""docs/how-to/back-up-and-restore.md carried out: the copies, another place, no MongoDB, no Faust directory."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.director import Director
from deploy.local.embedded import CannotStart
from tests.flows.conftest import directing
from tests.flows.test_story import until
from tests.support.kafka import kafka_server
from tests.support.systems import Patient, discharged, running

COPIED = ("keys.sqlite*", "secrets.json", "token-key.pem", "token-key.pub", "clock.json")
LISTS = ("/followup/v1/tasks", "/notify/v1/messages", "/complaints/v1/cases")


async def answers_about(director: Director, person: str) -> dict[str, Any]:
    """What the 360, the lists of tasks, messages and cases and the HL7 messages answer about a person."""
    await director.rest()
    whole = await director.get(f"/contacts/v1/persons/{person}/360")
    lists = [await director.get(path, person=person) for path in LISTS]
    return {"360": whole, **dict(zip(LISTS, lists, strict=True)), "hl7": await director.get("/his/v1/messages")}


async def test_a_copy_of_the_log_and_the_keys_is_the_whole_hospital(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    patient = Patient.new()
    async with kafka_server(here / "kafka") as server:
        async with running(here / "up", kafka=server.address) as system, directing(system) as director:
            morning = director.clock() + timedelta(hours=18)
            person = await discharged(director, patient)
            await until(director, morning)
            before = await answers_about(director, person)
            assert [message["status"] for message in before["/notify/v1/messages"]] == ["delivered"]
        await server.end()
    shutil.copytree(here / "kafka" / "log", there / "kafka" / "log")
    (there / "up").mkdir()
    for file in (file for pattern in COPIED for file in (here / "up").glob(pattern)):
        shutil.copy(file, there / "up" / file.name)
    shutil.rmtree(here)
    async with kafka_server(there / "kafka") as server:
        async with running(there / "up", kafka=server.address) as system:
            director = Director(system)
            assert await answers_about(director, person) == before
            await until(director, morning + timedelta(days=6, hours=1))
            [mail] = director.mails_to(patient.mail)
            assert "/followup/s/" in mail.body, "the reminder again, or no survey"
            await director.http.aclose()
    async with kafka_server(there / "another") as server:
        with pytest.raises(CannotStart, match=r"built from log .* the broker is .* drop it"):
            async with running(there / "up", kafka=server.address):
                pass
