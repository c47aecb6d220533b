"""A mapping is mended and stored messages are translated again: shown first, told once, messaging nobody."""

from datetime import datetime, timedelta
from uuid import uuid4

from careloop_client.his_adapter.models import ListedDoctor
from deploy.cli.his import replayed
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.publishing.definition_store import compare, published, write
from services.his_adapter.formats.definitions import MappedDepartment, Site
from services.his_adapter.replay import Replay
from shared.contracts.base import changed
from tests.flows.test_story import until
from tests.support.hl7 import segment
from tests.support.systems import Patient, person_of


async def replay(system: System, window: tuple[datetime, datetime], apply: bool = False) -> Replay:
    """What `careloop his replay` does."""
    return await replayed(system.settings, window, apply)


async def default_site(system: System) -> Site:
    """The mapping in force."""
    site = (await published(system.settings.kafka)).find(Site, "default")
    assert site is not None
    return site


async def mend(system: System, code: str, name: str) -> None:
    """A new version of the demo's site that knows one more department."""
    site = await default_site(system)
    departments = {**site.departments, code: MappedDepartment(code="CARD", name=name)}
    mended = changed(site, version=site.version + 1, departments=departments)
    await write(system.settings, compare([mended], await published(system.settings.kafka)), "an interface engineer")


async def department(director: Director, person: str) -> str:
    """The department name of the person's one visit, as the 360 shows it."""
    [visit] = (await director.careloop.contacts.view_person(person)).data.visits
    return str(visit.department_name)


async def test_a_mended_mapping_is_shown_and_then_told_without_a_message_to_anybody(
    system: System, director: Director
) -> None:
    patient, now, code = Patient.new(), director.clock(), uuid4().hex[:6].upper()
    for control, kind, hours in (("IN", "ADT^A01", 0), ("OUT", "ADT^A03", 1)):
        text = patient.says(kind, control, now + timedelta(hours=hours)).replace("|CARD|", f"|{code}|")
        assert "MSA|AA" in await director.mllp(text)
    person = await person_of(director, patient)
    assert await department(director, person) == code
    window = (now - timedelta(seconds=1), director.clock() + timedelta(days=1))
    assert [c for c in (await replay(system, window)).changes if patient.mrn in c.control_id] == []

    await mend(system, code, "心内科二病区")
    shown = [c for c in (await replay(system, window)).changes if patient.mrn in c.control_id]
    assert [(c.what, c.type, c.fields) for c in shown] == [
        ("changed", "PatientAdmitted", ("visit",)),
        ("changed", "PatientDischarged", ("visit",)),
    ]
    assert await department(director, person) == code
    await replay(system, window, apply=True)
    await director.rest()
    assert await department(director, person) == "心内科二病区"
    twice = await replay(system, window, apply=True)
    assert [c for c in twice.changes if patient.mrn in c.control_id] == []
    assert (await director.careloop.followup.list_tasks(person=person)).data == []
    await until(director, now + timedelta(days=1))
    assert director.mails_to(patient.mail) == []


async def test_what_could_not_be_translated_is_told_once_the_mapping_allows_it(
    system: System, director: Director
) -> None:
    patient, now = Patient.new(), director.clock()
    text = patient.says("ADT^A01", "SLASH", now).replace(f"EVN|A01|{now:%Y%m%d%H%M%S%z}", "EVN|A01|03/12/2026 14:30")
    assert "MSA|AA" in await director.mllp(text)
    await director.rest()
    window = (now - timedelta(seconds=1), director.clock() + timedelta(days=1))
    refused = [reason for control, reason in (await replay(system, window)).refused if patient.mrn in control]
    assert len(refused) == 1
    assert "`dates`" in refused[0]
    site = await default_site(system)
    mended = changed(site, version=site.version + 1, dates="month-first")
    await write(system.settings, compare([mended], await published(system.settings.kafka)), "an interface engineer")
    await replay(system, window, apply=True)
    person = await person_of(director, patient)
    assert await department(director, person) == "心内科"


async def test_what_a_message_says_no_longer_is_named_for_a_person_to_settle(
    system: System, director: Director
) -> None:
    patient, now, code = Patient.new(), director.clock(), uuid4().hex[:8].upper()
    text = patient.says("ADT^A01", "GONE", now).replace("^^^CITY-HOSPITAL", f"^^^{code}")
    assert f"^^^{code}" in text
    assert "MSA|AA" in await director.mllp(text)
    await director.rest()
    window = (now - timedelta(seconds=1), director.clock() + timedelta(days=1))
    site = await default_site(system)
    authorities = {**site.authorities, code: "CITY-HOSPITAL"}
    mended = changed(site, version=site.version + 1, authorities=authorities)
    await write(system.settings, compare([mended], await published(system.settings.kafka)), "an interface engineer")
    shown = [c for c in (await replay(system, window)).changes if patient.mrn in c.control_id]
    assert {c.what for c in shown} == {"new", "gone"}
    assert [c.type for c in shown if c.what == "gone"].count("PatientAdmitted") == 1


async def test_what_the_hospital_has_is_listed_by_the_mended_mapping_too(system: System, director: Director) -> None:
    at, code, doctor = director.clock(), uuid4().hex[:6].upper(), f"d{uuid4().hex[:6]}"
    stf = segment("STF", {1: doctor, 3: "赵^敏", 7: "A", 8: code})
    head = f"MSH|^~\\&|HIS|CITY|CL|CITY|{at:%Y%m%d%H%M%S}+0000||MFN^M02|M{doctor}|P|2.5"
    message = "\r".join([head, "MFI|STF||UPD|||NE", f"MFE|MAD|1||{doctor}", stf])
    assert f"MSA|AA|M{doctor}" in await director.mllp(message)
    await director.rest()
    await mend(system, code, "心内科")
    window = (at - timedelta(seconds=1), director.clock() + timedelta(days=1))
    [change] = [c for c in (await replay(system, window, apply=True)).changes if c.control_id == f"M{doctor}"]
    assert (change.what, change.type, change.fields) == ("changed", f"doctor/{doctor}", ("departments",))
    await director.rest()
    listed = (await director.careloop.his_adapter.get_entry("doctor", doctor)).data
    assert isinstance(listed, ListedDoctor)
    assert listed.departments == ["CARD"]
    assert [c for c in (await replay(system, window)).changes if c.control_id == f"M{doctor}"] == []
