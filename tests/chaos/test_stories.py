"""Twenty stories in flight while every role is killed once: the promise holds on both brokers.

`make chaos` runs more seeds, puts deciders to sleep past their session and restarts the broker.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from careloop_client import ProblemAnswered
from deploy.demo.director import StoryBroke
from deploy.local.embedded import free_port
from deploy.local.system import System
from deploy.simulators.hospital.books import KnownPatient
from tests.flows.conftest import directing
from tests.flows.test_requests import BORN, answered, asks, open_slot
from tests.flows.test_story import until
from tests.support.eventually import eventually
from tests.support.kafka import KafkaServer, kafka_server, unavailable
from tests.support.picture import picture
from tests.support.promise import holds
from tests.support.storm import Disruption, PatientGroup, disrupt, schedule
from tests.support.systems import Patient, known_person, running

pytestmark = pytest.mark.chaos
FULL = os.environ.get("CARELOOP_CHAOS") == "full"
PATIENTS = 20
PARTS = ("broker", "database")
SECOND_TRIES = timedelta(minutes=40)
"""A relay that is too slow under the blows gets its mails again after 1, 6 and 36 minutes."""


@pytest.fixture(scope="module", params=["embedded", "kafka"])
async def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[System, KafkaServer | None]]:
    """A system of one process per role, on each broker; the embedded one where there is no other, and in full."""
    directory = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        if not FULL and not unavailable():
            pytest.skip("Apache Kafka is here: `make chaos` runs both")
        async with running(directory / "up", split=True) as system:
            yield system, None
        return
    if reason := unavailable():
        pytest.skip(reason)
    async with kafka_server(directory / "kafka") as server:
        async with running(directory / "up", split=True, kafka=server.address) as system:
            yield system, server


@asynccontextmanager
async def told_when_broken(system: System) -> AsyncIterator[None]:
    """A failure on a machine of somebody else must tell where the stories stopped."""
    try:
        yield
    except (AssertionError, ProblemAnswered, StoryBroke):
        print(await picture(system))
        raise


async def stories(
    system: System,
    first: list[Disruption],
    second: list[Disruption],
    meanwhile: Callable[[PatientGroup], Awaitable[None]] | None = None,
) -> None:
    """Discharges under the first blows (and what happens `meanwhile`), reminders under the second, then the surveys."""
    async with told_when_broken(system), directing(system) as director:
        ward, thursday = PatientGroup(director, PATIENTS), director.clock()
        await asyncio.gather(ward.discharge(), disrupt(system, first), *([meanwhile(ward)] if meanwhile else []))
        await director.rest(180)
        director.clock.set(thursday + timedelta(hours=18), 0)
        await disrupt(system, second)
        await director.rest(180)
        await until(director, director.clock() + SECOND_TRIES)
        await until(director, thursday + timedelta(days=6, hours=19) + SECOND_TRIES)
        answered = await ward.answer()
        await director.rest(180)
        assert answered >= PATIENTS // 2
        await holds(system, director, ward.patients, exactly_once=system.options.kafka is not None)


def roles(system: System) -> list[str]:
    return [name for name in system.supervisor.children if name not in PARTS]


SEEDS = (20260309, 1, 2, 3) if FULL else (20260309,)


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_role_is_killed_once_and_nobody_is_lost(
    stage: tuple[System, KafkaServer | None], seed: int
) -> None:
    blows = schedule(seed, roles(stage[0]))
    await stories(stage[0], blows[: len(blows) // 2], blows[len(blows) // 2 :])


@pytest.mark.skipif(not FULL, reason="`make chaos` runs it")
async def test_a_decider_that_sleeps_past_its_session_wakes_to_find_an_heir(
    stage: tuple[System, KafkaServer | None],
) -> None:
    """A second worker of its kind takes over meanwhile: only transactions can fence the sleeper."""
    system, server = stage
    if server is None:
        pytest.skip("the embedded broker has no transactions and one decider process per service")
    heir = await second_decider(system, "followup")
    try:
        await stories(system, [Disruption("followup-decider", 0.5, signal.SIGSTOP)], [])
    finally:
        heir.terminate()
        heir.wait(20)


async def second_decider(system: System, service: str) -> "subprocess.Popen[bytes]":
    """One more process of a service's decider role, in its group."""
    env = {**system.env, "CARELOOP_HTTP_PORT": str(free_port())}
    command = [sys.executable, "-m", "deploy.cli", "run", service, "--role", "decider"]
    with system.supervisor.log_of(f"{service}-decider-2").open("ab") as log:
        return subprocess.Popen(command, env=env, stdout=log, stderr=log)


@pytest.mark.skipif(not FULL, reason="`make chaos` runs it")
async def test_the_broker_is_killed_and_comes_back(stage: tuple[System, KafkaServer | None]) -> None:
    system, server = stage
    if server is None:
        pytest.skip("the embedded broker's log dies with it: everything stops, tests/chaos/test_launcher.py shows it")

    async def outage(ward: PatientGroup) -> None:
        await eventually(lambda: ward.acknowledged, lambda messages: messages >= PATIENTS // 2, seconds=60)
        await server.end(kill=True)
        await asyncio.sleep(5)
        await server.start()

    await stories(system, [], [], outage)


async def test_who_asks_the_hospital_is_killed_and_every_booking_is_made_once(
    stage: tuple[System, KafkaServer | None],
) -> None:
    """The hospital does what it is asked and is slow to say so: the sender dies in between, again and again."""
    system, server = stage
    if server is None and not FULL:
        pytest.skip("`make chaos` runs it on the embedded broker")
    books, people = system.hospital.books, [Patient.new() for _ in range(8)]
    async with told_when_broken(system), directing(system) as director:
        slots = [await open_slot(director, at) for at in range(len(people))]
        for who in people:
            books.patients[who.mrn] = KnownPatient("王秀英", BORN)
            await known_person(director, who)  # while the hospital is mute, the system does not come to rest
        system.hospital.mood, system.hospital.tells = "mute", False
        asked = [asks(director, who, {"action": "book", "slot": slot}) for who, slot in zip(people, slots, strict=True)]
        ids = await asyncio.gather(*asked)
        roles = ("sender", "decider", "processor", "sender")
        await disrupt(system, [Disruption(f"his_adapter-{role}", 1.5) for role in roles])
        system.hospital.mood = ""
        for _ in range(4):
            await director.at(director.clock() + timedelta(minutes=1))
        shown = [await answered(director, id, 30) for id in ids]
    assert [each.status for each in shown] == ["answered"] * len(people)
    assert [each.accepted for each in shown] == [True] * len(people)
    booked = sorted(each.patient for each in books.appointments.values())
    assert [name for name in booked if name in {who.mrn for who in people}] == sorted(who.mrn for who in people)
