"""The system as a hospital meets it: MLLP, a discharge until its 360, reading a 360, memory per role."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from bench import intake
from bench.measure import Measure, quantile
from deploy.demo.director import Director
from deploy.local.system import System
from shared import mongo
from tests.flows.conftest import directing
from tests.support.systems import Patient, person_of


async def measures(system: System, quick: bool) -> list[Measure]:
    """All of them, on one running system of one process per role."""
    async with directing(system) as director:
        found = [await _mllp(system, director, connections, 200 if quick else 2000) for connections in (1, 50)]
        await director.rest(300)
        found += await _latency(director, 20 if quick else 200)
        found += await _reading(system, director, 200 if quick else 2000)
        return found + _memory(system)


async def _mllp(system: System, director: Director, connections: int, count: int) -> Measure:
    """With the whole system at work behind it, on the same cores."""
    found = await intake.mllp(system.settings.kafka, system.options.mllp_port, connections, count)
    await director.rest(600)
    return replace(found, key=f"whole_{found.key}", what=f"{found.what}, the whole system behind it")


async def _latency(director: Director, count: int) -> list[Measure]:
    """From the first byte of an admission until its number finds the person, two a second; looked at every 50 ms."""
    times: list[float] = []

    async def one() -> None:
        patient, began = Patient.new(), time.monotonic()
        await director.mllp(patient.says("ADT^A01", "LATENCY", director.clock()))
        while not await director.find(patient.identifier):
            await asyncio.sleep(0.05)
        times.append(time.monotonic() - began)

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one())
            await asyncio.sleep(0.5)
    return [
        Measure(
            f"latency_p{share}", f"HL7 in until the 360 shows it, p{share}", quantile(times, share / 100) * 1000, "ms"
        )
        for share in (50, 99)
    ]


async def _reading(system: System, director: Director, count: int) -> list[Measure]:
    """The 360 over HTTP through the gateway, ten at a time; the raw limit reads the same documents."""
    patient = Patient.new()
    await director.mllp(patient.says("ADT^A01", "READ", director.clock()))
    person = await person_of(director, patient)
    path = f"/contacts/v1/persons/{person}/360"
    ours = await _timed(lambda: director.http.get(path), count)
    async with mongo.connected(system.settings.mongo.url) as client:
        db = client["careloop_contacts"]

        async def bare() -> None:
            await db["person_360"].find_one({"_id": person})
            await db["timeline"].find({"person_id": person}).to_list(500)

        raw = await _timed(bare, count)
    return [
        Measure(
            f"read_360_p{share}",
            f"360 read, p{share}",
            quantile(ours, share / 100) * 1000,
            "ms",
            quantile(raw, share / 100) * 1000,
            "find_one and its timeline",
        )
        for share in (50, 99)
    ]


async def _timed(ask: Callable[[], Awaitable[object]], count: int) -> list[float]:
    times: list[float] = []
    slots = asyncio.Semaphore(10)

    async def one() -> None:
        async with slots:
            began = time.monotonic()
            await ask()
            times.append(time.monotonic() - began)

    await asyncio.gather(*(one() for _ in range(count)))
    return times


def _memory(system: System) -> list[Measure]:
    """Resident memory of each role's process, the largest of the services."""
    found: dict[str, float] = {}
    for name, child in system.supervisor.children.items():
        role = name.rpartition("-")[2]
        status = Path(f"/proc/{child.pid}/status")
        if child.pid and status.exists() and (match := re.search(r"VmRSS:\s+(\d+)", status.read_text())):
            found[role] = max(found.get(role, 0), int(match[1]) / 1024)
    return [Measure(f"memory_{role}", f"memory of {role}", value, "MiB") for role, value in sorted(found.items())]
