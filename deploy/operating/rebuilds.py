"""Rebuilds in the background of a process that answers requests: one at a time, each with its progress."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from deploy.operating.rebuild import CannotRebuild, Rebuild
from shared.clock import Clock
from shared.masters import WrongMasterKey
from shared.sealing import LostKey

log = logging.getLogger(__name__)
REMEMBERED = 20
"""How many rebuilds are remembered."""
LISTED = 100
"""How many ids of documents that differ are kept."""
State = Literal["running", "swapped", "different", "stopped"]


@dataclass(slots=True)
class BackgroundRebuild:
    """A rebuild that somebody started.

    `state`: `different` if documents differ, so that nothing was swapped; `stopped` with the reason in `detail`, and
    the live collection untouched. `read` of `total` offsets of the log were read.
    """

    id: str
    collection: str
    force: bool
    started_by: str
    started: datetime
    work: Rebuild = field(repr=False)
    state: State = "running"
    ended: datetime | None = None
    detail: str = ""
    before: int | None = None
    after: int | None = None
    passed_by: int = 0
    different: int = 0
    different_ids: list[str] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        """Return everything but the work itself, as JSON."""
        names = [name for name in self.__slots__ if name != "work"]
        read, total = self.work.progress
        return {name: getattr(self, name) for name in names} | {"read": read, "total": total}


class Running(Exception):
    """Another rebuild runs; its id is the argument."""


class Rebuilds:
    """The rebuilds of this process, which forgets them when it ends; one that runs then is discarded by the next."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._all: dict[str, BackgroundRebuild] = {}

    def check(self) -> None:
        """Raises `Running` if none can be started now."""
        if running := [each.id for each in self._all.values() if each.state == "running"]:
            raise Running(running[0])

    def start(
        self, collection: str, make: Callable[[], Rebuild], force: bool, by: str, clock: Clock, id: str = ""
    ) -> BackgroundRebuild:
        """Start a rebuild and return at once; it has this id, else a new one. Raises `Running`."""
        self.check()
        made = BackgroundRebuild(id or str(uuid4()), collection, force, by, clock(), make())
        self._all[made.id] = made
        while len(self._all) > REMEMBERED:
            del self._all[next(iter(self._all))]
        task = asyncio.create_task(self._run(made, clock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return made

    def newest_first(self) -> list[BackgroundRebuild]:
        """Return those that are remembered."""
        return list(reversed(self._all.values()))

    def get(self, id: str) -> BackgroundRebuild | None:
        """Return one of them."""
        return self._all.get(id)

    async def _run(self, made: BackgroundRebuild, clock: Clock) -> None:
        try:
            report = await made.work.run(made.force)
        except (CannotRebuild, LostKey, WrongMasterKey) as error:
            made.state, made.detail = "stopped", f"stopped, the live collection is untouched: {error}"
        except Exception as error:
            log.exception("the rebuild of %s failed", made.collection)
            made.state, made.detail = "stopped", f"stopped, the live collection is untouched: {type(error).__name__}"
        else:
            made.before, made.after, made.passed_by = report.before, report.after, report.passed_by
            made.different, made.different_ids = len(report.different), report.different[:LISTED]
            made.state = "swapped" if report.swapped else "different"
        made.ended = clock()
