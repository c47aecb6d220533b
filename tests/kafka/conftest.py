"""One Apache Kafka for this folder, with a database beside it."""

from collections.abc import AsyncIterator

import pytest

from shared.settings import Settings
from tests.support.kafka import KafkaServer, kafka_server
from tests.support.parts import embedded_parts


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Kafka."""
    for item in items:
        if "tests/kafka/" in item.nodeid:
            item.add_marker(pytest.mark.kafka)


@pytest.fixture(scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaServer]:
    async with kafka_server(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
async def parts(kafka: KafkaServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    async with embedded_parts(tmp_path_factory.mktemp("parts"), kafka.address) as settings:
        yield settings
