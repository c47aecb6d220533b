"""How far each loop is: positions, lag against the log's end, and whether anything is still to come."""

from typing import Any

from aiokafka import TopicPartition

from shared.host.deps import Deps


async def status(deps: Deps) -> dict[str, Any]:
    """{"ready", "groups": {group: {"ready", "lag", "next": {topic-partition: offset}}}, "probes": {…}}."""
    groups: dict[str, Any] = {}
    for group, loop in deps.loops.items():
        progress = await loop.progress()
        ends = await deps.offsets.end_offsets(list(progress)) if progress else {}
        groups[group] = {
            "ready": loop.ready,
            "lag": sum(max(ends[tp] - at, 0) for tp, at in progress.items()),
            "next": {f"{tp.topic}-{tp.partition}": at for tp, at in sorted(progress.items())},
        }
    probes = {name: probe() for name, probe in deps.probes.items()}
    for name, probe in probes.items():
        if "positions" in probe:
            at = {TopicPartition(topic, number): offset for topic, number, offset in probe.pop("positions")}
            ends = await deps.offsets.end_offsets(list(at)) if at else {}
            probe["lag"] = sum(max(ends[tp] - offset, 0) for tp, offset in at.items())
            probe["next"] = {f"{tp.topic}-{tp.partition}": offset for tp, offset in sorted(at.items())}
            groups[f"{deps.service.slug}.{name}"] = probe
    return {"service": deps.service.slug, "ready": ready(deps), "groups": groups, "probes": probes}


def ready(deps: Deps) -> bool:
    """Assigned, recovered, definitions loaded, replies heard."""
    probes = all(probe().get("ready", True) for probe in deps.probes.values())
    loops = all(loop.ready for loop in deps.loops.values())
    return deps.definitions.ready.is_set() and deps.replies.ready.is_set() and loops and probes
