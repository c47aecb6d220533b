"""The stories and what readers rely on, on Apache Kafka."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.local.demo.director import Director
from deploy.local.system import System
from tests.flows.conftest import directing
from tests.flows.test_readers import *  # noqa: F403
from tests.flows.test_requests import answered, asks, open_slot, patient, until_status
from tests.flows.test_story import *  # noqa: F403
from tests.support.kafka import KafkaServer, kafka_server
from tests.support.storm import Blow, strike
from tests.support.systems import Patient, running

pytestmark = pytest.mark.kafka
CHECKPOINT_SECONDS = 5
__all__ = ["patient"]


@pytest.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    async with kafka_server(tmp_path_factory.mktemp("kafka-flows")) as server:
        yield server


@pytest.fixture(scope="module")
async def system(broker: KafkaServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    directory: Path = tmp_path_factory.mktemp("system")
    async with running(directory, kafka=broker.address) as started:
        yield started


@pytest.fixture
async def director(system: System) -> AsyncIterator[Director]:
    async with directing(system) as made:
        yield made


async def test_a_request_without_an_answer_outlives_checkpoints_and_a_kill(
    system: System, director: Director, patient: Patient
) -> None:
    """What was asked is sealed in the checkpoint, and asked again by who comes after."""
    slot = await open_slot(director)
    system.hospital.mood = "busy"
    id = await asks(director, patient, {"action": "book", "slot": slot})
    await until_status(director, id, "waiting")
    await asyncio.sleep(CHECKPOINT_SECONDS + 1)
    await director.at(director.clock() + timedelta(seconds=6))  # the next command writes it
    await director.rest()
    assert (await answered(director, id, 0))["attempts"] == 2
    assert system.supervisor.children["his_adapter"].restarts == 0, "a checkpoint ended the process"
    await strike(system, [Blow("his_adapter", 0)])
    system.hospital.mood = ""
    await director.at(director.clock() + timedelta(minutes=1))
    assert (await answered(director, id, 30))["accepted"]
