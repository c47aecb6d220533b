"""A tiny service for wiring tests: it counts, may be poisoned, and can be woken by a timer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from fastapi import APIRouter

from deploy.operating.topics import prepare
from shared.actor import system
from shared.bus.clients import partition_of
from shared.contracts import timers
from shared.contracts.base import Command, Event, Part
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.host.deps import Deps, build
from shared.host.roles import role_runs, supervise
from shared.host.status import ready, status
from shared.outcomes import Outcome
from shared.projector import Item, Projection
from shared.service import Service
from shared.settings import Settings
from tests.support.eventually import eventually

AT = datetime(2026, 3, 9, tzinfo=UTC)


class Counted(Event):
    wire: ClassVar[str] = "careloop.counter.counted.v1"
    key_field: ClassVar[str] = "counter"
    counter: str
    by: int


class TimerSet(timers.TimerSet):
    wire: ClassVar[str] = "careloop.counter.timer_set.v1"
    key_field: ClassVar[str] = "counter"
    counter: str


class TimerCancelled(timers.TimerCancelled):
    wire: ClassVar[str] = "careloop.counter.timer_cancelled.v1"
    key_field: ClassVar[str] = "counter"
    counter: str


class Count(Command):
    wire: ClassVar[str] = "careloop.counter.count.v1"
    key_field: ClassVar[str] = "counter"
    counter: str
    by: int
    wake_in: float | None = None


class FireTimer(timers.FireTimer):
    wire: ClassVar[str] = "careloop.counter.fire_timer.v1"
    key_field: ClassVar[str] = "counter"
    counter: str


TIMERS = timers.TimerTypes(TimerSet, TimerCancelled, FireTimer)


class Total(Part):
    total: int = 0


def decide(command: Count | FireTimer, state: Total, definitions: Definitions) -> Sequence[Event] | Rejection:
    if isinstance(command, FireTimer):
        return [Counted(at=command.at, counter=command.counter, by=100)]
    if command.by == 13:
        raise ZeroDivisionError("poison")
    if command.by == 77:  # far more than one record batch holds
        return [Counted(at=command.at, counter=command.counter, by=1)] * 5000
    if command.by < 0:
        return Rejection("negative", "only upwards")
    counted = Counted(at=command.at, counter=command.counter, by=command.by)
    if command.wake_in is None:
        return [counted]
    due = command.at + timedelta(seconds=command.wake_in)
    return [counted, TIMERS.wake(command.at, command.counter, f"t-{command.id}", 1, due)]


def evolve(state: Total, event: Event) -> Total:
    return Total(total=state.total + event.by) if isinstance(event, Counted) else state


def shown(before: dict[str, Any] | None, id: str, item: Item) -> dict[str, Any]:
    assert item.envelope is not None
    if item.envelope.data.by == 99:  # more than a document may hold
        return {"total": 0, "much": "x" * (17 << 20)}
    return {"total": (before or {"total": 0})["total"] + item.envelope.data.by}


TOTALS = Projection(
    "totals", ("counter",), (Counted,), lambda item: [item.envelope.key] if item.envelope else [], shown
)


SERVICE = Service(
    name="counter",
    deciders=(Decider(name="counter", initial=Total, decide=decide, evolve=evolve, state=Total, timers=TIMERS),),
    projections=(TOTALS,),
    owns_definitions=True,
    definitions_from=("counter",),
    api=lambda deps: APIRouter(),
)


def in_partition(number: int, partitions: int) -> str:
    """A new counter whose records go to this partition."""
    return next(name for name in iter(lambda: uuid4().hex, "") if partition_of(name, partitions) == number)


def named(name: str) -> Service:
    """The counter under another name, with topics of its own and without timers: a test may break them."""
    decider = replace(SERVICE.deciders[0], name=name, timers=None)
    totals = replace(TOTALS, sources=(name,))
    return replace(SERVICE, name=name, deciders=(decider,), projections=(totals,), definitions_from=(name,))


class Running:
    """All roles of one process, run inside the test."""

    def __init__(self, deps: Deps, failures: list[BaseException]) -> None:
        self.deps, self.failures = deps, failures

    async def ask(self, id: str, by: int, counter: str = "c", wake_in: float | None = None) -> Outcome:
        """Send a command and wait for its outcome."""
        command = Count(id=id, at=self.deps.clock(), counter=counter, by=by, wake_in=wake_in)
        target = self.deps.service.deciders[0].name
        sent = self.deps.sender.send(target, [(self.deps.sender.envelope(target, command, actor=system("test")), [])])
        outcome = await self.deps.replies.answer(id, sent, 20)
        assert outcome is not None, f"no outcome of {id}"
        return outcome

    async def rest(self) -> None:
        """Wait until no consumer group lags."""

        async def look() -> dict[str, Any]:
            if self.failures:
                raise self.failures[0]
            return await status(self.deps)

        await eventually(look, lambda now: now["ready"] and not any(g["lag"] for g in now["groups"].values()))

    async def ticked(self, counter: str) -> None:
        """Wait until the processor handled a tick at the current time, and what it fired for `counter` is projected.

        Two timers of another counter in the same partition are set to now, one after the other: the second fires in
        a later tick than the first, so what the first one's tick fired is decided and projected before it.
        """
        partition = partition_of(counter, self.deps.settings.kafka.partitions)
        other = in_partition(partition, self.deps.settings.kafka.partitions)
        for woken in (1, 2):
            await self.ask(uuid4().hex, 0, other, wake_in=0)
            await eventually(lambda: self.total(other), lambda total, woken=woken: total == 100 * woken)

    async def total(self, counter: str) -> int:
        """The total of a counter in the read model."""
        document = await self.deps.database["totals"].find_one({"_id": counter})
        return int(document["total"]) if document else 0


@asynccontextmanager
async def running(
    settings: Settings, *roles: str, mark: bool = True, service: Service = SERVICE, asks: bool = True
) -> AsyncIterator[Running]:
    """The counter's roles, ready unless one failed. `asks` listens for outcomes, as an API does."""
    await prepare([service], settings, mark_groups=mark)
    failures: list[BaseException] = []
    stopping = asyncio.Event()

    def fatal(error: BaseException) -> None:
        failures.append(error)
        stopping.set()

    async with build(service, settings, fatal) as deps:
        runs = [deps.definitions.run, *(run for role in roles for run in role_runs(deps, role))]
        if asks:
            runs.append(deps.replies.run)
        else:
            deps.replies.ready.set()
        task = asyncio.create_task(supervise(runs, deps, stopping))
        try:
            await eventually(lambda: failures or task.done() or ready(deps), seconds=120)
            yield Running(deps, failures)
        finally:
            stopping.set()
            await asyncio.gather(task, return_exceptions=True)
