"""Twenty stories in flight while every role is killed once: the promise holds on both brokers.

`make chaos` runs more seeds, puts deciders to sleep past their session and restarts the broker.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from deploy.local.system import System
from tests.flows.conftest import directing
from tests.support.kafka import KafkaServer, kafka_server, unavailable
from tests.support.promise import holds
from tests.support.storm import Ward, schedule, strike
from tests.support.systems import running

pytestmark = pytest.mark.chaos
FULL = os.environ.get("CARELOOP_CHAOS") == "full"
PATIENTS = 20
PARTS = ("broker", "database")


@pytest.fixture(scope="module", params=["embedded", "kafka"])
async def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[System, KafkaServer | None]]:
    """A system of one process per role, on each broker."""
    directory = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        async with running(directory / "up", split=True) as system:
            yield system, None
        return
    if reason := unavailable():
        pytest.skip(reason)
    async with kafka_server(directory / "kafka") as server:
        async with running(directory / "up", split=True, kafka=server.address) as system:
            yield system, server


async def stories(system: System, seed: int, sleepers: tuple[str, ...] = ()) -> None:
    """Discharges under the first half of the blows, reminders under the second, then surveys and their cases."""
    roles = [name for name in system.supervisor.children if name not in PARTS]
    blows = schedule(seed, roles, sleepers)
    half = len(blows) // 2
    async with directing(system) as director:
        ward, thursday = Ward(director, PATIENTS), director.clock()
        await asyncio.gather(ward.discharge(), strike(system, blows[:half]))
        await director.rest(180)
        director.clock.set(thursday + timedelta(hours=18), 0)
        await strike(system, blows[half:])
        await director.rest(180)
        await director.at(thursday + timedelta(days=6, hours=19))
        await director.rest(180)
        answered = await ward.answer()
        await director.rest(180)
        assert answered >= PATIENTS // 2
        await holds(system, director, ward.patients, exactly_once=system.options.kafka is not None)


async def test_every_role_is_killed_once_and_nobody_is_lost(stage: tuple[System, KafkaServer | None]) -> None:
    await stories(stage[0], seed=20260309)
