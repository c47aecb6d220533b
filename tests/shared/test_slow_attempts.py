"""Work outside that takes long: a batch of it is left in the middle, so that it does not outlast the poll interval."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from shared import attempts
from shared.attempts import Attempts
from shared.bus.group import Unfinished
from shared.bus.topics import topic_name
from shared.contracts.base import Stamp
from shared.settings import Settings
from shared.testing import envelope
from tests.support.counter import AT, Count, Counted, running

pytestmark = pytest.mark.wiring


class Slow(Attempts):
    """Each attempt takes as long as a batch may go on beginning new ones. `seconds` is the clock of this process."""

    target, assigned, started = "counter", Counted, Counted
    seconds = 0.0

    def start(self, assigned: Counted, stamp: Stamp, sender: str) -> Count:
        return Count(**stamp, counter=assigned.counter, by=1)

    async def attempt(self, assigned: Counted) -> None:
        self.seconds += attempts.BEGIN_SECONDS + 1

    def finish(self, assigned: Counted, stamp: Stamp, result: None) -> Count:
        return Count(**stamp, counter=assigned.counter, by=10)


async def test_a_batch_of_slow_attempts_is_left_where_it_has_lasted_long_enough(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "AT_ONCE", 2)
    names = [uuid4().hex for _ in range(5)]
    async with running(parts, "decider", "projector") as worker:
        slow = Slow(worker.deps)
        monkeypatch.setattr(attempts, "time", SimpleNamespace(monotonic=lambda: slow.seconds))
        values = await worker.deps.codec.encode([envelope(Counted(at=AT, counter=name, by=1), 1) for name in names])
        records: list[Any] = [
            SimpleNamespace(topic=topic_name("counter", "events"), partition=0, offset=at, value=value, headers=[])
            for at, value in enumerate(values, 100)
        ]
        with pytest.raises(Unfinished) as left:
            await slow.work(records)
        assert left.value.offset == 102
        await worker.rest()
        assert [await worker.total(name) for name in names] == [11, 11, 0, 0, 0], "what was begun is told"
