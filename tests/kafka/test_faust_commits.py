"""Faust commits an event only when what it wrote because of it stands on the changelog."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError
from faust.transport.drivers import aiokafka as driver

from shared.bus.consuming import read_to_end
from shared.bus.topics import topic_name
from shared.contracts.base import changed
from shared.processor.app import TimerAgent
from shared.settings import Settings
from tests.support.counter import running
from tests.support.eventually import eventually

EVENTS = topic_name("counter", "events")
SLOW = 1.0
"""Seconds that the changelog's broker takes: more than Faust's buffer waits by itself, and than two commits."""


async def test_an_event_is_committed_only_after_its_timer_is_on_the_changelog(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled: dict[tuple[str, int], int] = {}
    happened: list[str] = []
    both = asyncio.Event()
    send, commit, handle = driver.Producer.send, driver.Consumer._commit, TimerAgent._handle

    def note(step: str) -> None:
        happened.append(step)
        if {"written", "committed"} <= set(happened):
            both.set()

    async def slow(self: Any, topic: str, *args: Any, **options: Any) -> Any:
        if not topic.endswith("-changelog"):
            return await send(self, topic, *args, **options)
        await asyncio.sleep(SLOW)
        written = await send(self, topic, *args, **options)
        written.add_done_callback(lambda _: note("written"))
        return written

    async def noted(self: Any, offsets: Any) -> Any:
        if any(offsets.get(tp, 0) > offset for tp, offset in handled.items()):
            note("committed")
        return await commit(self, offsets)

    async def handling(self: TimerAgent, event: Any) -> None:
        await handle(self, event)
        if event.message.topic == EVENTS and b"timer_set" in event.value:
            handled[event.message.tp] = event.message.offset

    monkeypatch.setattr(driver.Producer, "send", slow)
    monkeypatch.setattr(driver.Consumer, "_commit", noted)
    monkeypatch.setattr(TimerAgent, "_handle", handling)
    async with running(parts, "decider", "processor") as worker:
        await worker.ask(uuid4().hex, 1, uuid4().hex, wake_in=3600)
        await asyncio.wait_for(both.wait(), 60)
        assert worker.failures == []
    assert happened[:2] == ["written", "committed"]


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """While its context lasts, the broker refuses every write to a changelog."""
    send = driver.Producer.send

    async def refused(self: Any, topic: str, *args: Any, **options: Any) -> Any:
        if not topic.endswith("-changelog"):
            return await send(self, topic, *args, **options)
        answer = asyncio.get_running_loop().create_future()
        answer.set_exception(KafkaTimeoutError())
        return answer

    with monkeypatch.context() as broken:
        broken.setattr(driver.Producer, "send", refused)
        yield broken


async def died_of_a_refusal(settings: Settings) -> None:
    """A processor that ended because of a refused write."""
    async with running(settings, "processor", asks=False) as worker:
        assert "KafkaTimeoutError" in str((await eventually(lambda: worker.failures))[0])


async def test_a_timer_that_the_changelog_refused_is_read_again_by_the_next_worker(
    parts: Settings, tmp_path: Path, refusing: pytest.MonkeyPatch
) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 1, counter, wake_in=5)
        await died_of_a_refusal(changed(parts, data_dir=tmp_path / "first"))
        refusing.undo()
        async with running(changed(parts, data_dir=tmp_path / "second"), "processor", asks=False):
            await eventually(lambda: worker.total(counter), lambda total: total == 101)


async def test_a_worker_that_has_the_row_on_disk_writes_it_to_the_changelog_all_the_same(
    parts: Settings, tmp_path: Path, refusing: pytest.MonkeyPatch
) -> None:
    id, mine = uuid4().hex, changed(parts, data_dir=tmp_path)
    async with running(parts, "decider") as decider:
        await decider.ask(id, 1, uuid4().hex, wake_in=3600)
    await died_of_a_refusal(mine)
    refusing.undo()
    async with running(mine, "processor", asks=False) as worker:
        await worker.rest()
    changelog = [TopicPartition("counter.processor-timers-changelog", number) for number in range(2)]
    written = [record.key async for records in read_to_end(parts.kafka, changelog) for record in records]
    assert f"t-{id}".encode() in written
