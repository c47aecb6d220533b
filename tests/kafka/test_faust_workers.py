"""Faust's workers come and go while their tables recover: every timer fires, and counts once."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from uuid import uuid4

import pytest

from shared.actor import system
from shared.settings import Settings
from tests.support.counter import Count, Running, running
from tests.support.eventually import eventually
from tests.support.workers import end, start

TIMERS = 1500
ROUNDS = 5
LEAD = 30.0
"""Seconds until the first timer is due: the storm is over by then, or nearly."""


class Crew:
    """Processor processes, each with a directory of its own, so that each recovers its tables from the changelog."""

    def __init__(self, settings: Settings, place: Path) -> None:
        self._settings, self._place = settings, place
        self.alive: list[Popen[bytes]] = []

    def hire(self) -> None:
        """Start one more process."""
        self.alive.append(start(self._settings, "processor", self._place / uuid4().hex))

    def fire(self) -> None:
        """Kill the oldest process."""
        end(self.alive.pop(0))


@pytest.fixture
def crew(parts: Settings, tmp_path: Path) -> Iterator[Crew]:
    new_crew = Crew(parts, tmp_path)
    yield new_crew
    while new_crew.alive:
        new_crew.fire()


async def set_timers(worker: Running) -> list[str]:
    """Commands on many counters that wake them later; returns the counters."""
    names = [uuid4().hex for _ in range(TIMERS)]
    now, sender = worker.deps.clock(), worker.deps.sender
    commands = [
        Count(id=uuid4().hex, at=now, counter=name, by=1, wake_in=LEAD + at / 100) for at, name in enumerate(names)
    ]
    await sender.send(
        "counter", [(sender.envelope("counter", command, actor=system("test")), []) for command in commands]
    )
    await worker.rest()
    return names


async def test_workers_that_come_and_die_while_tables_recover_lose_and_double_no_timer(
    parts: Settings, crew: Crew
) -> None:
    dice = random.Random(4)
    async with running(parts, "decider", "projector") as worker:
        names = await set_timers(worker)
        crew.hire()
        for _ in range(ROUNDS):
            crew.hire()
            await asyncio.sleep(dice.uniform(1.5, 5))
            crew.fire()

        async def totals() -> Counter[int]:
            assert (worker.failures, [process.poll() for process in crew.alive]) == ([], [None])
            return Counter([row["total"] async for row in worker.deps.database["totals"].find({"_id": {"$in": names}})])

        woken = await eventually(totals, lambda totals: totals.total() == TIMERS and min(totals) > 1, seconds=120)
        assert woken == {101: TIMERS}
