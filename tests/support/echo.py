"""A policy that is killed repeatedly between produce and commit, together with the deciders that get its commands."""

from typing import Any, ClassVar
from uuid import uuid4

import orjson
import pytest
from aiokafka import TopicPartition
from fastapi import APIRouter

from shared.actor import system
from shared.bus.clients import partition_of
from shared.bus.consuming import read_to_end
from shared.bus.group import GroupLoop
from shared.bus.topics import topic_name
from shared.contracts.base import Command, Event, Part
from shared.decider import Decider
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused
from shared.service import Service
from shared.settings import Settings
from tests.support.counter import AT, SERVICE, Count, Counted, running
from tests.support.eventually import eventually

EVENTS = 200


class Echoed(Event):
    wire: ClassVar[str] = "careloop.echo.echoed.v1"
    key_field: ClassVar[str] = "counter"
    counter: str


class Echo(Command):
    wire: ClassVar[str] = "careloop.echo.echo.v1"
    key_field: ClassVar[str] = "counter"
    counter: str


class Heard(Part):
    times: int = 0


def react(event: Envelope[Counted], definitions: Definitions) -> list[Command]:
    return [Echo(id=caused(event, "echo"), at=AT, counter=event.key)]


def echo(state: type[Part] | None) -> Service:
    """A service with the counter and a decider that remembers no command ids; `state` None: without checkpoints."""
    return Service(
        name="echo",
        deciders=(
            *SERVICE.deciders,
            Decider(
                name="echo",
                initial=Heard,
                decide=lambda command, tally, _: [Echoed(at=command.at, counter=command.counter)],
                evolve=lambda tally, event: Heard(times=tally.times + 1),
                state=state,
                remembered=0,
            ),
        ),
        policies=(Policy("echo", ("counter",), (Counted,), react, "echo", begins="beginning"),),
        definitions_from=("counter",),
        api=lambda deps: APIRouter(),
    )


async def count(parts: Settings, counter: str) -> None:
    async with running(parts, "decider", "projector") as worker:
        wishes = [Count(id=uuid4().hex, at=AT, counter=counter, by=1) for _ in range(EVENTS)]
        await worker.deps.sender.send(
            "counter", [(worker.deps.sender.envelope("counter", wish, actor=system("test")), []) for wish in wishes]
        )
        await worker.rest()


async def log(parts: Settings, kind: str, counter: str) -> list[Any]:
    tp = TopicPartition(topic_name("echo", kind), partition_of(counter, parts.kafka.partitions))
    events = []
    async for records in read_to_end(parts.kafka, [tp]):
        events += [orjson.loads(record.value) for record in records if record.key.decode() == counter]
    return events


async def killed_and_read_again(parts: Settings, monkeypatch: pytest.MonkeyPatch, state: type[Part] | None) -> None:
    """Kill the processes three times when all is decided, recover, and check that each event exists once, in order."""
    counter, service, commit = uuid4().hex, echo(state), GroupLoop._commit
    await count(parts, counter)
    events = TopicPartition(topic_name("counter", "events"), partition_of(counter, parts.kafka.partitions))
    last = 0
    async for records in read_to_end(parts.kafka, [events]):
        last = max(last, *(record.offset for record in records if record.key.decode() == counter), 0)

    async def killed(self: GroupLoop, tp: TopicPartition) -> None:
        if self.group.startswith("echo.policies") and tp == events and self.next[tp] > last:
            await eventually(lambda: log(parts, "events", counter), lambda log_events: len(log_events) >= EVENTS)
            raise ConnectionError("killed before the commit")
        await commit(self, tp)

    monkeypatch.setattr(GroupLoop, "_commit", killed)
    for _ in range(3):
        async with running(parts, "decider", service=service) as worker:
            assert isinstance((await eventually(lambda: worker.failures))[0], ConnectionError)
    monkeypatch.setattr(GroupLoop, "_commit", commit)
    async with running(parts, "decider", service=service) as worker:
        await worker.rest()
    assert len(await log(parts, "commands", counter)) > EVENTS, "nothing was sent again"
    log_events = await log(parts, "events", counter)
    assert [event["sequence"] for event in log_events] == list(range(1, EVENTS + 1))
    assert len({event["id"] for event in log_events}) == EVENTS
