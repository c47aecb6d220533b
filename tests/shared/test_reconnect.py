"""A broker that is away is asked again with growing pauses, and at once after it answered."""

import asyncio
import itertools
import time
from typing import Any

import aiokafka.client
import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.structs import BrokerMetadata

from shared.bus import clients, reconnect


@pytest.fixture
async def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each connection was tried; all are refused."""
    times: list[float] = []

    async def refused(*where: Any, **more: Any) -> Any:
        times.append(time.monotonic())
        raise OSError("nobody is there")

    monkeypatch.setattr(aiokafka.client, "create_conn", refused)
    return times


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AIOKafkaClient:
    assert clients.MEBI  # whoever builds clients has made them patient
    made = AIOKafkaClient(bootstrap_servers="127.0.0.1:1")
    monkeypatch.setattr(made.cluster, "broker_metadata", lambda node: BrokerMetadata(node, "127.0.0.1", 1, None))
    monkeypatch.setattr(made, "force_metadata_update", lambda: None)
    return made


async def test_who_is_refused_asks_less_and_less_often(client: AIOKafkaClient, asked: list[float]) -> None:
    for _ in range(6):
        assert not await client.ready(1)
    pauses = [later - sooner for sooner, later in itertools.pairwise(asked)]
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 0.6 * reconnect.LAST_SECONDS


async def test_who_was_answered_is_patient_no_more(
    client: AIOKafkaClient, asked: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await client.ready(1)

    class Connection:
        def connected(self) -> bool:
            return False

    async def answered(*where: Any, **more: Any) -> Any:
        return Connection()

    monkeypatch.setattr(aiokafka.client, "create_conn", answered)
    await client.ready(1)
    began = time.monotonic()
    await client.ready(1)
    assert time.monotonic() - began < 0.5
    await asyncio.sleep(0)
