"""Definitions are no events: the puller reports each version of a watch until its decider has accepted it."""

import logging
from collections.abc import Awaitable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from services.his_adapter.watches.beginning import Beginnings
from services.his_adapter.watches.commands import Observe
from services.his_adapter.watches.definitions import Watch
from shared.contracts.base import changed
from shared.definitions import Definitions
from tests.support.fhir import NOW

ADT = Watch(id="adt", version=1, source="HIS/CITY")
LAB = Watch(id="lab", version=1, source="LIS/CITY")


class Broker:
    """Sender and replies of one process; `statuses` are the decider's next answers, of a watch that is `away` none."""

    def __init__(self, *statuses: str, away: str = "") -> None:
        self.sent, self._statuses, self._away = list[Observe](), list(statuses), away

    def envelope(self, target: str, command: Observe, actor: Any) -> Observe:
        return command

    async def send(self, target: str, messages: list[tuple[Observe, Any]]) -> None:
        [(command, _)] = messages
        if command.watch == self._away:
            raise KafkaConnectionError
        self.sent.append(command)

    async def answer(self, id: str, sent: Awaitable[None], seconds: float) -> Any:
        await sent
        return SimpleNamespace(status=self._statuses.pop(0))


def beginnings(broker: Broker, *watches: Watch) -> tuple[Beginnings, Any]:
    deps: Any = SimpleNamespace(
        sender=broker,
        replies=broker,
        clock=lambda: NOW,
        definitions=SimpleNamespace(snapshot=Definitions.of(*watches)),
    )
    return Beginnings(deps), deps


async def test_a_version_is_reported_until_the_decider_accepts_it_each_time_by_another_command() -> None:
    broker = Broker("rejected", "accepted")
    begin, _ = beginnings(broker, ADT)
    for _ in range(3):
        await begin.report()
    assert [(command.watch, command.version) for command in broker.sent] == [("adt", 1), ("adt", 1)]
    assert len({command.id for command in broker.sent}) == 2


async def test_a_new_version_is_reported_anew_and_a_retired_watch_never() -> None:
    broker = Broker("accepted", "no-op")
    begin, deps = beginnings(broker, ADT, changed(LAB, status="retired"))
    await begin.report()
    deps.definitions.snapshot = Definitions.of(ADT, changed(ADT, version=2))
    await begin.report()
    assert [(command.watch, command.version) for command in broker.sent] == [("adt", 1), ("adt", 2)]


async def test_a_watch_that_cannot_be_reported_is_logged_and_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = Broker("accepted", away="adt")
    begin, _ = beginnings(broker, ADT, LAB)
    with caplog.at_level(logging.WARNING):
        await begin.report()
    assert [command.watch for command in broker.sent] == ["lab"]
    assert "watch/adt/1 cannot be reported: KafkaConnectionError" in caplog.text
