"""Report each version of a watch to the decider when it is in force, since definitions are no events (puller role)."""

from services.his_adapter.watches.commands import Observe
from services.his_adapter.watches.definitions import Watch
from shared.actor import system
from shared.host.deps import Deps
from shared.ids import derive

TARGET = "his-watches"
MAX_OUTCOME_WAIT_SECONDS = 10.0
"""Seconds to wait for the decider's outcome."""


class Beginnings:
    """Reports versions of watches; `tries`: version reference → number of tries, None once the decider accepted it."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._tries: dict[str, int | None] = {}

    async def begin(self, watch: Watch) -> None:
        """Send `Observe` for a version of a watch, and again at the next call until the decider accepts it.

        The decider may load the definition later than the puller, and rejects the command until then. A repeat by
        another process is a no-op.
        """
        tries = self._tries.get(watch.ref, 0)
        if tries is None:
            return
        self._tries[watch.ref] = tries + 1
        deps, id = self._deps, derive(watch.ref, "in force", tries)
        command = Observe(id=id, at=deps.clock(), watch=watch.id, version=watch.version)
        sent = deps.sender.send(TARGET, [(deps.sender.envelope(TARGET, command, actor=system("watch")), [])])
        outcome = await deps.replies.answer(id, sent, MAX_OUTCOME_WAIT_SECONDS)
        if outcome and outcome.status in ("accepted", "no-op"):
            self._tries[watch.ref] = None
