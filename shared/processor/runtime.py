"""Runs a Faust app inside our own event loop, and detects its end."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from faust.exceptions import ConsistencyError
from faust.types import TP

from shared.bus.writing import Out, send_groups
from shared.host.deps import Deps
from shared.host.status import last_of
from shared.incarnation import stamp_folder, table_folder
from shared.logs import error_text
from shared.processor import overrides
from shared.processor.app import TimerAgent, build
from shared.processor.guard import recovery_guard

TICK_SECONDS = 1.0
LOOK_SECONDS = 0.1


class FaustCrashed(Exception):
    """The Faust app ended by itself."""


class Processor:
    """One service's Faust app with its ticker, for health and status."""

    def __init__(self, deps: Deps, folder: Path) -> None:
        self._deps, self._folder = deps, folder
        self._app: Any = build(deps, str(folder))
        self._agent = TimerAgent(self._app, deps)

    @property
    def ready(self) -> bool:
        """Assigned and recovered."""
        app = self._app
        up = app.started and not app.should_stop and not app.crashed and not app.rebalancing
        return bool(up and app.tables.actives_ready and app.consumer.flow_active)

    def _owned(self, topic: str) -> list[int]:
        return sorted(tp.partition for tp in self._app.consumer.assignment() if tp.topic == topic)

    def probe(self) -> dict[str, Any]:
        """The data for status; `due`: the time of the next timer."""
        if not self.ready:
            return {"ready": False, "positions": []}
        processed, committed = self._agent.processed, self._app.consumer._committed_offset
        owned = [TP(topic, number) for topic in self._agent.events for number in self._owned(topic)]
        positions = [(*tp, processed.get(tp, committed.get(tp) or 0)) for tp in owned]
        due = self._agent.timers.next_due()
        return {
            "ready": True,
            "positions": positions,
            "timers": self._agent.timers.count(),
            "last": last_of(self._agent.last),
            "due": due.isoformat() if due else None,
        }

    async def run(self) -> None:
        """Serve until cancelled; raises `FaustCrashed`."""
        helpers = [asyncio.create_task(recovery_guard(self._app)), asyncio.create_task(self._tick())]
        start, died = asyncio.create_task(_quietly(self._app.start())), asyncio.create_task(_quietly(self._app.wait()))
        try:
            watched = {died, start, *helpers}
            while not any(task.done() and (task is not start or task.exception()) for task in watched):
                await asyncio.wait({task for task in watched if not task.done()}, return_when=asyncio.FIRST_COMPLETED)
            failed = next((task.exception() for task in watched if task.done() and task.exception()), None)
            reason = failed or self._app.crash_reason
            if isinstance(reason, ConsistencyError):
                raise FaustCrashed(f"{self._folder} holds timers of a longer log: delete it, it is rebuilt")
            raise FaustCrashed(f"{self._deps.service.name}: {error_text(reason)}") from reason
        finally:
            for task in [*helpers, start]:
                task.cancel()
            stopping = asyncio.create_task(self._app.stop())
            await asyncio.wait({stopping}, timeout=8)
            for task in [*helpers, start, died, stopping]:
                task.cancel()
                with suppress(BaseException):
                    await task

    async def _tick(self) -> None:
        """Send a tick per owned partition and second, earlier if a timer is due (after a jump of the clock)."""
        loop = asyncio.get_running_loop()
        last = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self.ready or not self._owned(self._agent.ticks):
                self._agent.pulse.beat()  # no ticks, so nothing is expected of the agent
                continue
            now, due = self._deps.clock(), self._agent.timers.next_due()
            if loop.time() - last < TICK_SECONDS and not (due and due <= now):
                continue
            last = loop.time()
            value = orjson.dumps({"now": now.isoformat()})
            for number in self._owned(self._agent.ticks):
                await send_groups(self._deps.producer, self._agent.ticks, number, [[Out("tick", value)]])


async def _quietly(work: Awaitable[Any]) -> None:
    await work


async def run_processor(deps: Deps) -> None:
    """Run the processor role of a service."""
    overrides.apply()
    folder = table_folder(deps.settings, deps.service.slug)
    folder.mkdir(parents=True, exist_ok=True)
    stamp_folder(folder, deps.incarnation)
    deps.probes["processor"] = lambda: {"ready": False, "positions": []}
    processor = Processor(deps, folder)
    deps.probes["processor"] = processor.probe
    try:
        await processor.run()
    except FaustCrashed as error:
        deps.fatal(error)
        raise
