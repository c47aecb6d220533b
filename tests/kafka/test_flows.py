"""The stories and what readers rely on, on Apache Kafka."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.demo.director import Director
from deploy.local.system import System
from tests.flows.conftest import directing
from tests.flows.test_readers import *  # noqa: F403
from tests.flows.test_story import *  # noqa: F403
from tests.support.kafka import KafkaServer, kafka_server
from tests.support.systems import running

pytestmark = pytest.mark.kafka


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
