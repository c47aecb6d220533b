"""Timers on a real broker: each fires once, when the clock gets there."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.clock import SharedClock
from shared.settings import Settings
from tests.support.counter import AT, running

pytestmark = pytest.mark.wiring


async def test_a_timer_survives_a_restart_and_fires_once_when_the_clock_gets_there(parts: Settings) -> None:
    counter, clock = uuid4().hex, SharedClock(parts.clock_file)
    clock.set(AT, 0)
    async with running(parts, "decider", "processor", "projector") as worker:
        await worker.ask(uuid4().hex, 1, counter, wake_in=3600)
        await worker.rest()
        assert await worker.total(counter) == 1
    async with running(parts, "decider", "processor", "projector") as worker:
        for second, total in ((3599, 1), (3600, 101), (3601, 101)):
            clock.set(AT + timedelta(seconds=second), 0)
            await worker.ticked(counter)
            assert await worker.total(counter) == total, second


async def test_a_clock_that_jumps_fires_each_timer_once_and_none_early(parts: Settings) -> None:
    counter, clock = uuid4().hex, SharedClock(parts.clock_file)
    start = clock()
    async with running(parts, "decider", "projector", "processor") as worker:
        clock.set(start, 0)
        await worker.ask(uuid4().hex, 1, counter, wake_in=100)
        for days, total in ((0, 1), (-30, 1), (1000, 101), (999, 101), (1001, 101)):
            clock.set(start + timedelta(days=days, seconds=90), 0)
            await worker.ticked(counter)
            assert await worker.total(counter) == total, days
