"""Status of each loop: positions, and lag behind the end of the log."""

import os
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition

from shared.bus.group import Last
from shared.host.deps import Deps


async def status(deps: Deps) -> dict[str, Any]:
    """{"pid", "ready", "groups": {group: {"ready", "lag", "last", "next": {partition: offset}}}, "probes": {…}}."""
    groups: dict[str, Any] = {}
    for group, loop in deps.loops.items():
        progress = await loop.progress()
        groups[group] = {
            "ready": loop.ready,
            "lag": await deps.lag.of(progress),
            "last": last_of(loop.last),
            "next": {f"{tp.topic}-{tp.partition}": at for tp, at in sorted(progress.items())},
        }
    probes = {name: probe() for name, probe in deps.probes.items()}
    for name, probe in probes.items():
        if "positions" in probe:
            at = {TopicPartition(topic, number): offset for topic, number, offset in probe.pop("positions")}
            probe["lag"] = await deps.lag.of(at)
            probe["next"] = {f"{tp.topic}-{tp.partition}": offset for tp, offset in sorted(at.items())}
            groups[f"{deps.service.slug}.{name}"] = probe
    return {"service": deps.service.slug, "pid": os.getpid(), "ready": ready(deps), "groups": groups, "probes": probes}


def last_of(last: Last | None) -> dict[str, str] | None:
    """The last handled record for status; None if there was none since the start."""
    if last is None:
        return None
    written = datetime.fromtimestamp(last.written, UTC).isoformat(timespec="seconds")
    return {"where": f"{last.topic}-{last.partition}@{last.offset}", "written": written}


def ready(deps: Deps) -> bool:
    """Whether all loops are assigned and recovered, definitions are loaded, and replies are consumed."""
    probes = all(probe().get("ready", True) for probe in deps.probes.values())
    loops = all(loop.ready for loop in deps.loops.values())
    return deps.definitions.ready.is_set() and deps.replies.ready.is_set() and loops and probes
