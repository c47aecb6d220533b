"""A hospital system that falls silent is noticed, and staff hear of it once."""

from datetime import timedelta
from typing import Any

from deploy.demo.director import Director
from deploy.local.system import System
from deploy.publishing.definition_store import compare, published, write
from services.his_adapter.watches.definitions import Watch
from shared.contracts.base import changed
from shared.contracts.contacts import Staff
from tests.support.eventually import eventually
from tests.support.systems import Patient


async def shows(director: Director, watch: str, silent: bool) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        rows = (await director.careloop.his_adapter.list_watches()).data
        return next((row.model_dump() for row in rows if row.watch == watch), {})

    return await eventually(look, lambda row: row and row["silent"] == silent)


async def publish(system: System, *definitions: Any) -> None:
    await write(system.settings, compare(definitions, await published(system.settings.kafka)), "operations")


def admission(who: Patient, control: str, director: Director) -> str:
    """A message of this patient's own source, `HIS<number>/CITY`."""
    return who.says("ADT^A01", control, director.clock()).replace("|HIS|", f"|HIS{who.mrn}|", 1)


async def another_watch_raises_its_alarm_and_takes_it_back(system: System, director: Director) -> None:
    """After this whatever was due before has fired."""
    who = Patient.new()
    later = Watch(id=f"w-{who.mrn}", version=1, source=f"HIS{who.mrn}/CITY", minutes=1)
    await publish(system, later)
    await director.at(director.clock() + timedelta(minutes=2))
    await shows(director, later.id, silent=True)
    await director.mllp(admission(who, "LATER", director))
    await shows(director, later.id, silent=False)
    await publish(system, changed(later, version=2, status="retired"))
    await director.rest()


async def test_staff_are_told_once_when_no_adt_comes_and_it_is_seen_to_come_again(
    system: System, director: Director
) -> None:
    who, mail = Patient.new(), f"{Patient.new().mrn}@hospital.example"
    source = f"HIS{who.mrn}/CITY"
    staff = Staff(id=f"it-{who.mrn}", version=1, name="Lin", email=mail, language="en", department="IT")
    watch = Watch(id=f"w-{who.mrn}", version=1, source=source, types=("ADT",), minutes=10, staff=(staff.id,))
    await publish(system, staff, watch)
    await director.mllp(admission(who, "QUIET", director))
    await director.rest()
    await shows(director, watch.id, silent=False)
    [row] = [row for row in (await director.careloop.his_adapter.list_sources()).data if row.source == source]
    assert row.acknowledged
    assert (row.messages, row.acknowledged.count) == (1, 1)
    await director.at(director.clock() + timedelta(minutes=11))
    assert (await shows(director, watch.id, silent=True))["source"] == source
    await another_watch_raises_its_alarm_and_takes_it_back(system, director)
    [alert] = director.mails_to(mail)
    assert source in alert.subject
    await director.mllp(admission(who, "AGAIN", director))
    await shows(director, watch.id, silent=False)
    assert len(director.mails_to(mail)) == 1
    await publish(system, changed(watch, version=2, status="retired"))
