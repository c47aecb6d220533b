"""Between a hospital's message and its acknowledgement: whatever dies, nothing is lost and nothing is doubled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import orjson
import pytest

from deploy.catalogue import load, load_all
from deploy.operating.topics import prepare
from services.his_adapter.formats.hl7.mllp import END, START
from shared.bus.consuming import read_to_end
from shared.settings import Settings
from tests.support.eventually import eventually
from tests.support.kafka import KafkaServer
from tests.support.systems import Patient
from tests.support.workers import Hospital

NOW = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)
AWAY = "away"


@pytest.fixture
async def hospital(parts: Settings) -> AsyncIterator[Hospital]:
    await prepare(load_all(parts), parts)
    intake, decider = Hospital(parts), Hospital(parts, "decider")
    await decider.start()
    await intake.start()
    yield intake
    intake.kill()
    decider.kill()


async def try_once(port: int, frame: bytes, seconds: float = 5) -> str:
    """The code of the acknowledgement; "" where none came, AWAY where nobody listened and nothing was sent."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return AWAY
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        try:
            writer.write(START + frame + END)
            answer = await asyncio.wait_for(reader.readuntil(END), seconds)
            return answer.split(b"MSA|")[1][:2].decode()
        finally:
            writer.close()
    return ""


async def deliver(port: int, frame: bytes) -> int:
    """Send as hospital systems do, again and again until it is acknowledged; returns how often it was sent."""
    codes: list[str] = []

    async def send() -> bool:
        codes.append(await try_once(port, frame))
        return codes[-1] == "AA"

    await eventually(send, seconds=60)
    return sum(code != AWAY for code in codes)


async def event_counts(parts: Settings, controls: set[str]) -> Counter[tuple[str, str]]:
    """(control id, event type) of every event about these messages, once all are there."""
    tps = load("his_adapter", parts).partitions("events", parts.kafka.partitions)

    async def look() -> Counter[tuple[str, str]]:
        events = [orjson.loads(r.value) async for records in read_to_end(parts.kafka, tps) for r in records]
        counts = Counter((event["data"]["control_id"], event["type"].split(".")[2]) for event in events)
        return Counter({key: times for key, times in counts.items() if key[0] in controls})

    return await eventually(look, lambda counts: {control for control, _ in counts} == controls, seconds=60)


def admission(control: str) -> tuple[str, bytes]:
    """The control id and the bytes of an admission message."""
    patient = Patient.new()
    return f"{control}-{patient.mrn}", patient.says("ADT^A01", control, NOW).encode()


def once(controls: set[str]) -> dict[tuple[str, str], int]:
    """Every message told once: an admission and its diagnosis."""
    return {(control, kind): 1 for control in controls for kind in ("patient_admitted", "diagnosis_recorded")}


async def test_a_flood_of_the_same_message_is_acknowledged_each_time_and_told_once(
    parts: Settings, hospital: Hospital
) -> None:
    control, frame = admission("FLOOD")
    codes = await asyncio.gather(*(try_once(hospital.port, frame) for _ in range(200)))
    assert set(codes) == {"AA"}
    assert await event_counts(parts, {control}) == once({control})


async def test_an_intake_killed_between_storing_and_acknowledging_loses_and_doubles_nothing(
    parts: Settings, hospital: Hospital
) -> None:
    sent = dict(admission(f"K{number}") for number in range(400))
    tries: list[int] = []
    feeding = asyncio.gather(*(feed(hospital.port, list(sent.values())[start::8], tries) for start in range(8)))
    for acknowledged in (1, 77, 150, 222):
        await eventually(partial(reached, tries, acknowledged))
        hospital.kill()
        await hospital.start()
    await feeding
    assert sum(tries) > len(sent), "nothing was sent twice: the kills came at no bad moment"
    assert await event_counts(parts, set(sent)) == once(set(sent))


def reached(tries: list[int], acknowledged: int) -> bool:
    """Whether so many messages are acknowledged: a moment in the middle of the flood, however fast the machine is."""
    return len(tries) >= acknowledged


async def feed(port: int, frames: list[bytes], tries: list[int]) -> None:
    """One interface, strictly in order; `tries` gets how often each was sent."""
    for frame in frames:
        tries.append(await deliver(port, frame))


async def test_nothing_is_acknowledged_while_kafka_is_away_and_nothing_is_lost_when_it_is_back(
    parts: Settings, hospital: Hospital, kafka: KafkaServer
) -> None:
    (before, first), (during, second) = admission("BEFORE"), admission("DURING")
    assert await try_once(hospital.port, first) == "AA"
    assert await event_counts(parts, {before}) == once({before}), (
        "the decider must be up before Kafka goes: nobody restarts it here"
    )
    await kafka.end(kill=True)
    try:
        assert await try_once(hospital.port, second, 4) != "AA"
    finally:
        await kafka.start()
    await deliver(hospital.port, second)
    assert await event_counts(parts, {before, during}) == once({before, during})
