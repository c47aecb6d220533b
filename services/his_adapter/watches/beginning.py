"""Telling the decider that a version of a watch is in force: definitions are no events. The puller does, once each."""

from typing import Any

from services.his_adapter.formats.common.progress import Progress
from services.his_adapter.watches.commands import Observe
from services.his_adapter.watches.definitions import Watch
from shared.actor import system
from shared.host.deps import Deps
from shared.ids import derive

TARGET = "his-watches"
PATIENCE = 10.0
"""Seconds that the decider has to answer."""


async def begin(deps: Deps, _: Any, watch: Watch, progress: Progress) -> None:
    """Until the decider has taken it: it may read the definition a moment later than the puller.

    `progress.mark` is how often a version was told, by its `ref`. What another process told already changes nothing.
    """
    tries = (progress.mark or {}).get(watch.ref, 0)
    if tries is None:
        return
    progress.mark = {watch.ref: tries + 1}
    heard = await _heard(deps, watch)
    id = derive(watch.ref, "in force", tries)
    command = Observe(id=id, at=deps.clock(), watch=watch.id, version=watch.version, heard=heard)
    sent = deps.sender.send(TARGET, [(deps.sender.envelope(TARGET, command, actor=system("watch")), [])])
    outcome = await deps.replies.answer(id, sent, PATIENCE)
    if outcome and outcome.status in ("accepted", "no-op"):
        progress.mark = {watch.ref: None}


async def _heard(deps: Deps, watch: Watch) -> Any:
    """When the source was heard last, as the read model knows; None where it never was."""
    among = {"family": {"$in": list(watch.types)}} if watch.types else {}
    where: dict[str, Any] = {"source": watch.source, **among}
    return max([row["last"] async for row in deps.database["heard"].find(where)], default=None)
