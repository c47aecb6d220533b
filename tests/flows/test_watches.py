"""A hospital system that falls silent is noticed, and staff hear of it once."""

import asyncio
from datetime import timedelta
from typing import Any

from deploy.definition_store import compare, published, write
from deploy.local.demo.director import Director
from deploy.local.system import System
from services.his_adapter.watches.definition import Watch
from shared.contracts.base import changed
from shared.contracts.contacts import Staff
from tests.support.systems import Patient


async def shows(director: Director, watch: str, silent: bool) -> dict[str, Any]:
    for _ in range(300):
        [row] = [row for row in await director.get("/his/v1/watches") if row["watch"] == watch]
        if row["silent"] == silent:
            return dict(row)
        await asyncio.sleep(0.1)
    raise AssertionError(f"{row} never was silent={silent}")


async def test_staff_are_told_once_when_no_adt_comes_and_it_is_seen_to_come_again(
    system: System, director: Director
) -> None:
    who, mail = Patient.new(), f"{Patient.new().mrn}@hospital.example"
    source = f"HIS{who.mrn}/CITY"
    message = who.says("ADT^A01", "QUIET", director.clock()).replace("|HIS|", f"|HIS{who.mrn}|", 1)
    staff = Staff(id=f"it-{who.mrn}", version=1, name="Lin", email=mail, language="en", department="IT")
    watch = Watch(id=f"w-{who.mrn}", version=1, source=source, types=("ADT",), minutes=10, staff=(staff.id,))
    await write(system.settings, compare([staff, watch], await published(system.settings.kafka)), "operations")
    await director.mllp(message)
    await director.rest()
    await shows(director, watch.id, silent=False)
    [row] = [row for row in await director.get("/his/v1/sources") if row["source"] == source]
    assert (row["messages"], row["acknowledged"]["count"]) == (1, 1)
    await director.at(director.clock() + timedelta(minutes=11))
    assert (await shows(director, watch.id, silent=True))["source"] == source
    await director.rest()
    await asyncio.sleep(6)
    [told] = director.mails_to(mail)
    assert source in told.subject
    await director.mllp(message.replace("QUIET", "AGAIN"))
    await shows(director, watch.id, silent=False)
    assert len(director.mails_to(mail)) == 1
    retired = changed(watch, version=2, status="retired")
    await write(system.settings, compare([retired], await published(system.settings.kafka)), "operations")
