"""Rebuilds in the background: one at a time, each with its progress and its end."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.operating.rebuild import CannotRebuild, RebuildReport
from deploy.operating.rebuilds import REMEMBERED, BackgroundRebuild, Rebuilds, Running

AT = datetime(2026, 3, 9, tzinfo=UTC)


class Work:
    """A rebuild that ends when it is told to."""

    def __init__(self, error: Exception | None = None, different: int = 0) -> None:
        self.go, self.error, self.different, self.progress = asyncio.Event(), error, different, (3, 10)

    async def run(self, force: bool) -> RebuildReport:
        await self.go.wait()
        if self.error:
            raise self.error
        ids = [str(number) for number in range(self.different)]
        return RebuildReport("cases", 5, 5, ids, force or not ids, 0)


def started(rebuilds: Rebuilds, work: Work, force: bool = False) -> BackgroundRebuild:
    made: Any = lambda: work  # noqa: E731
    return rebuilds.start("complaints.cases", made, force, "han", lambda: AT)


async def ended(rebuild: BackgroundRebuild, work: Work) -> dict[str, Any]:
    work.go.set()
    while rebuild.state == "running":
        await asyncio.sleep(0)
    return rebuild.described()


async def test_one_runs_at_a_time_and_says_how_far_it_is() -> None:
    rebuilds, work = Rebuilds(), Work()
    first = started(rebuilds, work)
    assert (first.described()["state"], first.described()["read"], first.described()["total"]) == ("running", 3, 10)
    with pytest.raises(Running, match=first.id):
        started(rebuilds, Work())
    result = await ended(first, work)
    assert (result["state"], result["before"], result["ended"], result["started_by"]) == ("swapped", 5, AT, "han")
    assert started(rebuilds, Work()).state == "running"


async def test_one_with_differences_swaps_nothing_and_names_some_of_them() -> None:
    work = Work(different=150)
    result = await ended(started(Rebuilds(), work), work)
    assert (result["state"], result["different"], len(result["different_ids"])) == ("different", 150, 100)


@pytest.mark.parametrize("error", [CannotRebuild("t-0 offset 7: no JSON"), ZeroDivisionError("a bug")])
async def test_one_that_stops_says_why_and_the_next_may_begin(error: Exception) -> None:
    rebuilds, work = Rebuilds(), Work(error)
    result = await ended(started(rebuilds, work), work)
    assert result["state"] == "stopped"
    assert result["detail"].startswith("stopped, the live collection is untouched: ")
    assert started(rebuilds, Work()).state == "running"


async def test_only_the_last_are_remembered_the_newest_first() -> None:
    rebuilds = Rebuilds()
    for _ in range(REMEMBERED + 3):
        work = Work()
        last = started(rebuilds, work)
        await ended(last, work)
    assert len(rebuilds.newest_first()) == REMEMBERED
    assert rebuilds.newest_first()[0] is last
    assert rebuilds.get(last.id) is last
