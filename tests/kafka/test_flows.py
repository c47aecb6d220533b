"""The stories and what readers rely on, on an Apache Kafka that asks everybody for a password and a certificate."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from deploy.demo.director import Director
from deploy.local.system import System
from shared.bus.clients import partition_of
from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from tests.flows.conftest import director, second
from tests.flows.test_readers import *  # noqa: F403
from tests.flows.test_requests import answered, asks, open_slot, patient, until_status
from tests.flows.test_story import *  # noqa: F403
from tests.support.eventually import eventually
from tests.support.kafka_secured import as_environment, secured_kafka
from tests.support.storm import Disruption, disrupt
from tests.support.systems import Patient, running

pytestmark = pytest.mark.kafka
__all__ = ["director", "patient", "second"]


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    directory: Path = tmp_path_factory.mktemp("system")
    async with secured_kafka(tmp_path_factory.mktemp("kafka-flows")) as broker:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in as_environment(broker.both()).items():
                environment.setenv(name, value)
            async with running(directory, kafka=broker.by_both) as started:
                yield started


async def in_a_checkpoint(system: System, director: Director, id: str) -> bool:
    """Whether a checkpoint holds this request; a command, which is rejected, makes the decider write the next one."""
    note = {"done": True, "note": "by phone"}
    assert (await director.http.post(f"/his/v1/requests/{id}/settlement", json=note)).status_code == 409
    kafka = system.settings.kafka
    tp = TopicPartition(topic_name("his-requests", "state"), partition_of(id, kafka.partitions))
    return id.encode() in [record.key async for records in read_to_end(kafka, [tp]) for record in records]


async def test_a_request_without_an_answer_outlives_checkpoints_and_a_kill(
    system: System, director: Director, patient: Patient
) -> None:
    """What was asked is sealed in the checkpoint, and asked again by who comes after."""
    slot = await open_slot(director)
    system.hospital.mood = "busy"
    id = await asks(director, patient, {"action": "book", "slot": slot})
    await until_status(director, id, "waiting")
    await eventually(lambda: in_a_checkpoint(system, director, id))
    await director.at(director.clock() + timedelta(seconds=6))
    await director.rest()
    assert (await answered(director, id, 0)).attempts == 2
    assert system.supervisor.children["his_adapter"].restarts == 0, "a checkpoint ended the process"
    await disrupt(system, [Disruption("his_adapter", 0)])
    system.hospital.mood = ""
    await director.at(director.clock() + timedelta(minutes=1))
    assert (await answered(director, id, 30)).accepted
