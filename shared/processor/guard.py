"""Ends a table recovery that would never end.

Faust waits for the record at the end of the changelog, which does not exist if that was a transaction marker or a
compacted record (faust-streaming #176, #597, #651).
"""

import asyncio
import logging
import time
from typing import Any

log = logging.getLogger(__name__)


async def recovery_guard(app: Any, every: float = 0.5, standstill: float = 5.0) -> None:
    """Watch until cancelled; a partition that does not advance beyond its end, or for 5 s at it, is recovered."""
    seen: dict[Any, tuple[Any, float]] = {}
    while True:
        await asyncio.sleep(every)
        recovery = app.tables._recovery
        if recovery is None or not recovery.in_recovery or not app.tables.changelog_queue.empty():
            seen.clear()
            continue
        stuck = [tp for tp in recovery.active_highwaters if await _stands(app, recovery, tp, seen, standstill)]
        for tp in stuck:
            log.warning("recovery of %s ends at %s: no record stands there", tp, recovery.active_highwaters[tp])
            recovery.active_offsets[tp] = recovery.active_highwaters[tp]
        if stuck and recovery.in_recovery and not recovery.need_recovery():
            recovery.flush_buffers()
            recovery._set_recovery_ended()
            recovery.signal_recovery_end.set()


async def _stands(app: Any, recovery: Any, tp: Any, seen: dict[Any, tuple[Any, float]], standstill: float) -> bool:
    high, have = recovery.active_highwaters.get(tp), recovery.active_offsets.get(tp)
    if high is None or have is None or have >= high:
        return False
    position = await app.consumer.position(tp)
    if position is None or position < high:
        seen.pop(tp, None)
        return False
    before, since = seen.get(tp, (None, 0.0))
    if before != (position, have, high):
        seen[tp] = ((position, have, high), time.monotonic())
        return False
    return bool(position > high or time.monotonic() - since >= standstill)
