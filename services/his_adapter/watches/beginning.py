"""Report each version of a watch to the decider when it is in force, since definitions are no events (puller role)."""

import asyncio
import logging

from services.his_adapter.watches.commands import Observe
from services.his_adapter.watches.definitions import Watch
from shared.actor import system
from shared.host.deps import Deps
from shared.ids import derive

log = logging.getLogger(__name__)
TARGET = "his-watches"
LOOK = 2.0
"""Seconds between two looks at which versions are in force."""
MAX_OUTCOME_WAIT_SECONDS = 10.0
"""Seconds to wait for the decider's outcome."""


class Beginnings:
    """Reports versions of watches; `tries`: version reference → number of tries, None once the decider accepted it."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._tries: dict[str, int | None] = {}

    async def report(self) -> None:
        """Report the versions in force. An error in one is logged, does not stop the others, and is tried again."""
        watches = self._deps.definitions.snapshot.current(Watch)
        results = await asyncio.gather(*(self._begin(watch) for watch in watches), return_exceptions=True)
        for watch, error in zip(watches, results, strict=True):
            if isinstance(error, Exception):
                log.warning("%s cannot be reported: %s", watch.ref, type(error).__name__)

    async def _begin(self, watch: Watch) -> None:
        """Send `Observe` for a version of a watch, and again at the next look until the decider accepts it.

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
