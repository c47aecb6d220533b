"""Looking whether a source is silent: the puller does, one process at a time."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from services.his_adapter.formats.common.progress import Progress
from services.his_adapter.watches.definitions import Watch
from services.his_adapter.watches.domain import Observe
from shared.actor import system
from shared.host.deps import Deps
from shared.working_time import working_time_between

TARGET = "his-watches"
EVERY = 5.0
"""Seconds between two looks."""


async def look(deps: Deps, _: Any, watch: Watch, progress: Progress) -> None:
    """Tell the decider when the verdict is another than the one told last."""
    loop = asyncio.get_running_loop()
    if loop.time() < progress.next_look:
        return
    progress.next_look = loop.time() + EVERY
    now, among = deps.clock(), {"family": {"$in": list(watch.types)}} if watch.types else {}
    where: dict[str, Any] = {"source": watch.source, **among}
    times = [row["last"] async for row in deps.database["heard"].find(where)]
    since = silent_since(watch, max(times, default=None), now)
    verdict = since.isoformat() if since else ""
    if progress.mark == verdict:
        return
    command = Observe(id=str(uuid4()), at=now, watch=watch.id, silent_since=since)
    await deps.sender.send(TARGET, [(deps.sender.envelope(TARGET, command, actor=system("watch")), [])])
    progress.mark = verdict


def silent_since(watch: Watch, last: datetime | None, now: datetime) -> datetime | None:
    """Since when it is silent for too long; None where it is not. What was never heard counts from its definition."""
    begun = last or watch.applied_at
    if begun is None or working_time_between(watch, begun, now) < timedelta(minutes=watch.minutes):
        return None
    return begun
