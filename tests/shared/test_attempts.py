"""Work that is started only where its decider says so, whatever of its answers the decider remembers."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from shared.attempts import Attempts, NoAnswer
from shared.contracts.base import Command, Stamp
from shared.outcomes import Outcome
from shared.testing import envelope
from tests.support.counter import AT, Count, Counted


class Errand(Attempts):
    """Counts its attempts."""

    target, assigned, started = "counter", Counted, Counted

    def __init__(self, answers: Sequence[Outcome]) -> None:
        deps: Any = SimpleNamespace(
            codec=self,
            draining=asyncio.Event(),
            clock=lambda: datetime.now(UTC),
            sender=SimpleNamespace(envelope=lambda *_, actor: None, send=lambda *_: None),
            replies=self,
        )
        super().__init__(deps)
        self._answers, self.done = iter(answers), 0

    async def decode(self, records: Sequence[Any], types: frozenset[str]) -> list[Any]:
        """The claims."""
        return [envelope(Counted(at=AT, counter="c", by=1)) for _ in records]

    async def answer(self, *_: Any) -> Outcome:
        """The decider's next answer."""
        return next(self._answers)

    def start(self, assigned: Counted, stamp: Stamp, sender: str) -> Command:
        """The command that asks the decider whether the attempt may begin."""
        return Count(**stamp, counter=assigned.counter, by=1)

    async def attempt(self, assigned: Counted) -> None:
        """Count the attempt."""
        self.done += 1

    def finish(self, assigned: Counted, stamp: Stamp, result: None) -> Command:
        """The command that reports the result."""
        return Count(**stamp, counter=assigned.counter, by=2)


STARTED = Outcome("s", "accepted", event_ids=("e",), event_types=(Counted.wire,))
FORGOTTEN = Outcome("s", "accepted", detail="decided before")
ASSIGNED = [SimpleNamespace(topic="t", partition=0, offset=0, headers=(), key=b"c", value=b"")]


async def test_what_the_decider_starts_is_done_and_what_it_does_not_start_is_not() -> None:
    begun, refused = Errand([STARTED, STARTED]), Errand([Outcome("s", "no-op")])
    await begun.work(ASSIGNED)
    await refused.work(ASSIGNED)
    assert (begun.done, refused.done) == (1, 0)


async def test_what_was_perhaps_started_is_neither_done_nor_taken_for_over() -> None:
    """The batch is read again by a run of another name; the decider tells that one that nobody knows."""
    errand = Errand([FORGOTTEN])
    with pytest.raises(NoAnswer, match="not remembered"):
        await errand.work(ASSIGNED)
    assert errand.done == 0


async def test_an_end_that_was_told_before_is_told() -> None:
    errand = Errand([STARTED, FORGOTTEN])
    await errand.work(ASSIGNED)
    assert errand.done == 1
