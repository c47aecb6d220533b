"""A rebuild beside a projector at work, on a real broker and a real database: nothing is lost, nothing waits."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

import deploy.operating.rebuild
from deploy.operating.rebuild import Rebuild
from shared.host.status import status
from shared.projector.generations import POSITIONS
from shared.settings import Settings
from tests.support.counter import SERVICE, TOTALS, Running, running
from tests.support.eventually import eventually

pytestmark = pytest.mark.wiring


def rebuild(worker: Running, parts: Settings, kind: type[Rebuild] = Rebuild) -> Rebuild:
    return kind(SERVICE, TOTALS, parts, worker.deps.mongo, worker.deps.codec)


async def test_a_rebuild_while_events_go_on_shows_what_one_in_one_go_shows(parts: Settings) -> None:
    counters = [uuid4().hex for _ in range(10)]

    rebuilt, asked = asyncio.Event(), 0

    async def ask_on() -> None:
        nonlocal asked
        while not rebuilt.is_set():
            await asyncio.gather(*(worker.ask(uuid4().hex, 1, counter) for counter in counters))
            asked += 1

    async with running(parts, "decider", "projector") as worker:
        asking = asyncio.create_task(ask_on())
        for _ in range(3):
            assert (await rebuild(worker, parts).run()).different == []
        rebuilt.set()
        await asking
        await worker.rest()
        assert [await worker.total(counter) for counter in counters] == [asked] * 10
        assert (await rebuild(worker, parts).run()).different == []


async def test_what_the_projector_shows_between_compare_and_swap_is_shown_after_it(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:

        class Late(Rebuild):
            async def _swap(self) -> None:
                await worker.ask(uuid4().hex, 5, counter)
                await worker.rest()
                assert await worker.total(counter) == 7
                await super()._swap()

        await worker.ask(uuid4().hex, 2, counter)
        await worker.rest()
        assert (await rebuild(worker, parts, Late).run()).different == []
        assert await worker.total(counter) == 7
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        assert await worker.total(counter) == 8


async def test_a_difference_stops_the_swap_unless_it_is_forced(parts: Settings) -> None:
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 2, counter)
        await worker.rest()
        live = (await worker.deps.database.raw["positions"].find_one({"_id": "live:totals"}) or {}).get("live", 0)
        documents = worker.deps.database.raw[f"totals__{live}" if live else "totals"]
        await documents.update_one({"_id": counter}, {"$set": {"total": 999}})
        report = await rebuild(worker, parts).run()
        assert (report.different, report.swapped, await worker.total(counter)) == ([counter], False, 999)
        report = await rebuild(worker, parts).run(force=True)
        assert (report.different, report.swapped, await worker.total(counter)) == ([counter], True, 2)
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        assert await worker.total(counter) == 3


async def test_every_page_is_compared_where_the_live_one_stood_when_it_was_read(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy.operating.rebuild, "PAGE", 3)
    counters, comparing = [uuid4().hex for _ in range(10)], True
    async with running(parts, "decider", "projector") as worker:

        class Busy(Rebuild):
            async def _drive(self, until: Any) -> None:
                if comparing:
                    await asyncio.gather(*(worker.ask(uuid4().hex, 1, counter) for counter in counters))
                    await worker.rest()
                await super()._drive(until)

            async def _swap(self) -> None:
                nonlocal comparing
                comparing = False
                await super()._swap()

        await asyncio.gather(*(worker.ask(uuid4().hex, 1, counter) for counter in counters))
        await worker.rest()
        report = await rebuild(worker, parts, Busy).run()
        assert (report.different, report.swapped, report.before) == ([], True, report.after)
        assert report.before >= 10
        assert len({await worker.total(counter) for counter in counters}) == 1


async def test_a_page_and_the_positions_it_stands_at_are_read_as_of_one_moment(parts: Settings) -> None:
    """The projector goes on before and after each page of the live collection is read: neither may show in it."""
    counter = uuid4().hex
    async with running(parts, "decider", "projector") as worker:

        async def goes_on() -> None:
            await worker.ask(uuid4().hex, 1, counter)
            await worker.rest()

        class Busy(Rebuild):
            async def _checksums(self, generation: int, *page: Any) -> dict[str, str]:
                if generation != self._live:
                    return await super()._checksums(generation, *page)
                await goes_on()
                checksums = await super()._checksums(generation, *page)
                await goes_on()
                return checksums

        await goes_on()
        report = await rebuild(worker, parts, Busy).run()
        assert (report.different, report.swapped, await worker.total(counter)) == ([], True, 3)


async def test_what_only_differs_until_both_have_caught_up_is_no_difference(parts: Settings) -> None:
    """As with somebody whose key is destroyed after the live collection read her name and before the build did."""
    counter, destroyed = uuid4().hex, False

    def shown(before: dict[str, Any] | None, id: str, item: Any) -> dict[str, Any]:
        by = item.envelope.data.by
        return {"name": None if destroyed or by == 0 else "王"}

    hers = replace(
        TOTALS, collection="named", keys=lambda item: [counter] if item.envelope.key == counter else [], fold=shown
    )
    service = replace(SERVICE, projections=(hers,))
    async with running(parts, "decider", "projector", service=service) as worker:

        class Erasing(Rebuild):
            async def _compare(self) -> Any:
                nonlocal destroyed
                destroyed = True
                return await super()._compare()

            async def _still(self, different: list[str]) -> list[str]:
                assert different == [counter]
                await worker.ask(uuid4().hex, 0, counter)
                return await super()._still(different)

        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        report = await Erasing(service, hers, parts, worker.deps.mongo, worker.deps.codec).run()
        assert (report.different, report.swapped) == ([], True)


@pytest.mark.parametrize("kept", [3600, None])
async def test_what_expires_is_no_difference(
    parts: Settings, monkeypatch: pytest.MonkeyPatch, kept: int | None
) -> None:
    monkeypatch.setattr(deploy.operating.rebuild, "EXPIRING_SECONDS", 3600)
    counter, name = uuid4().hex, f"kept_{kept}"
    shown = replace(TOTALS, collection=name, fold=lambda _, __, item: {"written": item.written}, kept_seconds=kept)
    service = replace(SERVICE, projections=(shown,))
    async with running(parts, "decider", "projector", service=service) as worker:
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
        await worker.deps.database.raw[name].delete_one({"_id": counter})
        report = await Rebuild(service, shown, parts, worker.deps.mongo, worker.deps.codec).run()
        assert report.different == ([] if kept else [counter])


async def test_a_collection_that_is_behind_catches_up_beside_the_others_and_holds_nobody(parts: Settings) -> None:
    counter, both = uuid4().hex, replace(SERVICE, projections=(TOTALS, replace(TOTALS, collection="new")))
    async with running(parts, "decider", "projector") as worker:
        await worker.ask(uuid4().hex, 1, counter)
        await worker.rest()
    async with running(parts, "decider", "projector", service=both) as worker:
        await worker.rest()
        assert await totals_shown(worker, counter) == (1, 1), "new in this release"
        catching_up = worker.deps.probes["projector.behind"].__self__  # type: ignore[attr-defined]
        async with catching_up.turn:
            await worker.deps.database.raw["new"].delete_many({})
            await worker.deps.database.raw[POSITIONS].delete_many({"_id": {"$regex": "^new:"}})
            await worker.ask(uuid4().hex, 1, counter)
            await eventually(lambda: totals_shown(worker, counter), lambda both: both == (2, 0))
            await worker.ask(uuid4().hex, 1, counter)
            await eventually(lambda: totals_shown(worker, counter), lambda both: both == (3, 0))
            assert (await status(worker.deps))["groups"]["counter.projector.behind"]["lag"] > 0
        await worker.rest()
        assert await totals_shown(worker, counter) == (3, 3)
        assert "counter.projector.behind" not in (await status(worker.deps))["groups"]


async def totals_shown(worker: Running, counter: str) -> tuple[int, int]:
    """A counter's total in the live collection and in the new one."""
    new = await worker.deps.database["new"].find_one({"_id": counter})
    return await worker.total(counter), new["total"] if new else 0
