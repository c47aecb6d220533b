"""What is answered at the door: repeats, archives, bodies that are too large."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from deploy.demo.director import Director
from deploy.local.system import System
from deploy.publishing.definition_store import compare, published, write
from services.his_adapter.formats.definitions import Site
from shared.contracts.base import changed
from tests.support.eventually import eventually
from tests.support.systems import Patient, person_of


async def test_a_repeat_gets_the_first_answer_though_the_sites_rules_changed(
    system: System, director: Director
) -> None:
    patient, now = Patient.new(), director.clock()
    message = patient.says("ADT^A01", "FIRST", now)
    assert "MSA|AA" in await director.mllp(message)
    await director.rest()
    before = (await published(system.settings.kafka)).find(Site, "default")
    assert before is not None
    try:
        await in_force(system, changed(before, version=before.version + 1, versions=("2.9",)))
        await answered(director, message.replace("FIRST", "OTHER"), "MSA|AR")
        assert "MSA|AA" in await director.mllp(message)
    finally:
        await in_force(system, changed(before, version=before.version + 2))
    await answered(director, message.replace("FIRST", "LAST"), "MSA|AA")


async def in_force(system: System, site: Site) -> None:
    await write(system.settings, compare([site], await published(system.settings.kafka)), "an interface engineer")


async def answered(director: Director, message: str, wanted: str) -> None:
    """Send the message under new control ids until the intake answers `wanted`, once it has read a new definition."""
    numbers = count()
    await eventually(
        lambda: director.mllp(message.replace("-", f"-{next(numbers)}-", 1)), lambda answer: wanted in answer
    )


async def test_what_comes_from_an_archive_is_told_and_messages_nobody(director: Director) -> None:
    by_field, by_url = Patient.new(), Patient.new()
    now = director.clock()
    for kind in ("ADT^A01", "ADT^A03"):
        text = by_field.says(kind, f"OLD{kind[-1]}", now).replace("|P|2.5", "|P^I|2.5")
        assert "MSA|AA" in await director.mllp(text)
        same = by_url.says(kind, f"OLD{kind[-1]}", now)
        assert b"MSA|AA" in await director.careloop.his_adapter.send_hl7(same, historical=True)
    for patient in (by_field, by_url):
        person = await person_of(director, patient)
        view = (await director.careloop.contacts.view_person(person)).data
        assert view.counts["PatientDischarged"] == 1
        assert (await director.careloop.followup.list_tasks(person=person)).data == []


@pytest.mark.parametrize("path", ["/his/v1/hl7", "/his/v1/fhir", "/his/v1/soap", "/contacts/v1/touchpoints"])
async def test_a_body_larger_than_anything_we_take_is_refused(director: Director, path: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b" " * (1 << 20)

    for content in (b" " * (17 << 20), endless()):
        answer = await director.http.post(path, content=content, headers={"content-type": "application/json"})
        assert (answer.status_code, "bytes" in answer.text) == (500 if path.endswith("soap") else 413, True)
