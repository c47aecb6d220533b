"""The system as a hospital meets it: MLLP, a discharge until its 360, reading a 360, memory per role."""

import asyncio
import itertools
import re
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.measure import Measure, quantile
from deploy.local.demo.director import END, START, Director
from deploy.local.system import System
from shared import mongo
from shared.bus.clients import admin, producer
from shared.bus.topics import Topic, create
from tests.flows.conftest import directing
from tests.support.systems import Patient, person_of

RAW = Topic("careloop.bench.raw.v1", {}, 1)


async def measures(system: System, quick: bool) -> list[Measure]:
    """All of them, on one running system of one process per role."""
    async with admin(system.settings.kafka) as client:
        await create(client, [RAW], system.settings.kafka)
    async with directing(system) as director:
        found = [await _mllp(system, director, connections, 200 if quick else 2000) for connections in (1, 50)]
        await director.rest(300)
        found += await _latency(director, 20 if quick else 200)
        found += await _reading(system, director, 200 if quick else 2000)
        return found + _memory(system)


async def _mllp(system: System, director: Director, connections: int, count: int) -> Measure:
    """Messages a second from frame to durable acknowledgement, each connection one after the other."""
    ours, times = await _feed(system.options.mllp_port, director, connections, count)
    await director.rest(600)
    serve, done = await _bare(system)
    bare = await asyncio.start_server(serve, "127.0.0.1", 0)
    raw, _ = await _feed(bare.sockets[0].getsockname()[1], director, connections, count)
    bare.close()
    await done()
    told = f"p50 {quantile(times, 0.5) * 1000:.1f} ms, p99 {quantile(times, 0.99) * 1000:.1f} ms to the ACK"
    what = f"MLLP, {connections} connection{'s' if connections > 1 else ''} ({told})"
    return Measure(f"mllp_{connections}", what, count / ours, "messages/s", count / raw, "bare framer and producer")


async def _feed(port: int, director: Director, connections: int, count: int) -> tuple[float, list[float]]:
    numbers, times = itertools.count(), []
    now = director.clock()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while next(numbers) < count:
            message = Patient.new().says("ADT^A01", "BENCH", now).encode()
            began = time.monotonic()
            writer.write(START + message + END)
            answer = await reader.readuntil(END)
            times.append(time.monotonic() - began)
            assert b"MSA|AA" in answer or b"MSA|CA" in answer, answer
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return time.monotonic() - began, times


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _bare(system: System) -> tuple[Serve, Callable[[], Awaitable[None]]]:
    """Takes a frame, writes it to a topic, waits for the broker, answers: the least an acknowledgement can mean."""
    kafka = producer(system.settings.kafka)
    await kafka.start()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                frame = await reader.readuntil(END)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            await kafka.send_and_wait(RAW.name, frame, partition=0)
            writer.write(START + b"MSA|AA" + END)

    return serve, kafka.stop


async def _latency(director: Director, count: int) -> list[Measure]:
    """From the first byte of an admission until its number finds the person, two a second; looked at every 50 ms."""
    times: list[float] = []

    async def one() -> None:
        patient, began = Patient.new(), time.monotonic()
        await director.mllp(patient.says("ADT^A01", "LATENCY", director.clock()))
        while not await director.get("/contacts/v1/persons", identifier=patient.identifier):
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
    lanes = asyncio.Semaphore(10)

    async def one() -> None:
        async with lanes:
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
