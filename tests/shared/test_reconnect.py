"""A broker that is away is asked again with growing pauses, and at once after it answered."""

import asyncio
from typing import Any

import aiokafka.client
import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.structs import BrokerMetadata

from shared.bus import clients, reconnect


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked for; nobody waits for them."""
    asked: list[float] = []

    async def noted(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", noted)
    return asked


class Connection:
    def connected(self) -> bool:
        return False


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AIOKafkaClient:
    assert clients.MEBI  # whoever builds clients has made them patient
    kafka_client = AIOKafkaClient(bootstrap_servers="127.0.0.1:1")
    monkeypatch.setattr(
        kafka_client.cluster, "broker_metadata", lambda node: BrokerMetadata(node, "127.0.0.1", 1, None)
    )
    monkeypatch.setattr(kafka_client, "force_metadata_update", lambda: None)
    return kafka_client


def answering(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    async def connect(*where: Any, **more: Any) -> Connection:
        if not there:
            raise OSError("nobody is there")
        return Connection()

    monkeypatch.setattr(aiokafka.client, "create_conn", connect)


async def test_who_is_refused_asks_less_and_less_often(
    client: AIOKafkaClient, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, False)
    for _ in range(20):
        assert not await client.ready(1)
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[0] <= 1.2 * reconnect.FIRST_SECONDS
    assert 0.7 * reconnect.LAST_SECONDS < pauses[-1] <= 1.2 * reconnect.LAST_SECONDS


async def test_who_was_answered_is_patient_no_more(
    client: AIOKafkaClient, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, False)
    for _ in range(5):
        await client.ready(1)
    answering(monkeypatch, True)
    assert await client.ready(1)
    before = len(pauses)
    assert await client.ready(1)
    assert len(pauses) == before
