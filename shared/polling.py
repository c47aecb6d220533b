"""Poll sources in the one process that is assigned partition 0 of a topic; the topic's records are not read."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.back_off import wait_after
from shared.host.deps import Deps
from shared.host.roles import loop
from shared.mongo import MongoError

log = logging.getLogger(__name__)
LOOK = 2.0
"""Seconds between two looks at which sources are due."""


class PolledSource(Protocol):
    """What is polled, such as a server or a table; the failures of sources are counted by their `name`."""

    @property
    def name(self) -> str:
        """Return the name, the same for all versions of its definition."""

    @property
    def back_off(self) -> Sequence[int]:
        """Return the seconds until it is polled again after its first, second … failure; the last one repeats."""

    async def poll(self) -> None:
        """Read what is due; errors are reported and the source is polled again later."""

    async def report(self, trouble: str) -> None:
        """Show operators why it cannot be read."""

    def error_text(self, error: Exception) -> str:
        """Return what may be said of an error, which may hold personal data; "" for an unforeseen one."""


Sources = Callable[[], Iterable[PolledSource]]
"""Returns the sources that the definitions in force name now."""
Chore = Callable[[], Coroutine[Any, Any, None]]
"""Work beside the sources, until it is cancelled."""


@dataclass(slots=True)
class Polled:
    """One source: the running poll, and the time of the event loop (seconds) before which it is not polled again."""

    task: "asyncio.Task[None] | None" = None
    until: float = 0.0
    failures: int = 0


class Poller:
    """A `PartitionHandler` that polls all sources for as long as the partition is assigned."""

    def __init__(self, sources: Sources, fatal: Callable[[BaseException], None], chores: Sequence[Chore] = ()) -> None:
        self._sources, self._fatal, self._chores = sources, fatal, chores
        self._tasks = list[asyncio.Task[None]]()
        self._polled: dict[str, Polled] = {}

    async def open(self, committed: int) -> int:
        """Start polling."""
        self._tasks = [self._watched(work()) for work in (self._run, *self._chores)]
        return committed

    def _watched(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Return a task whose failure ends the process, because nothing awaits it."""

        def ended(task: "asyncio.Task[None]") -> None:
            if not task.cancelled() and (error := task.exception()):
                self._fatal(error)

        task = asyncio.create_task(work)
        task.add_done_callback(ended)
        return task

    async def close(self) -> None:
        """Stop; the process that is assigned the partition next continues from the stored positions."""
        for task in (*self._tasks, *(polled.task for polled in self._polled.values())):
            if task:
                task.cancel()

    async def work(self, records: Sequence[Any]) -> None:
        """Ignore the records: only the assignment matters."""

    async def _run(self) -> None:
        """Start the polls that are due, each in a task of its own: a slow source does not delay others."""
        while True:
            for source in self._sources():
                polled = self._polled.setdefault(source.name, Polled())
                due = asyncio.get_running_loop().time() >= polled.until
                if due and (polled.task is None or polled.task.done()):
                    polled.task = self._watched(self._poll(source, polled))
            await asyncio.sleep(LOOK)

    async def _poll(self, source: PolledSource, polled: Polled) -> None:
        try:
            await source.poll()
            polled.failures = 0
        except Exception as error:  # an unforeseen error of one source must not stop the others
            text = source.error_text(error)
            if text:
                log.warning("%s: %s", source.name, text)
            else:  # the error's text may hold personal data
                places = "".join(traceback.format_tb(error.__traceback__))
                log.error("%s: %s\n%s", source.name, type(error).__name__, places)
            polled.failures += 1
            wait = wait_after(polled.failures, source.back_off).total_seconds()
            polled.until = asyncio.get_running_loop().time() + wait
            with suppress(KafkaError, MongoError):  # without them nothing can be reported
                await source.report(text or f"{type(error).__name__}: the service's log has more")


class Idle:
    """A `PartitionHandler` of the other partitions."""

    async def open(self, committed: int) -> int:
        """Do nothing."""
        return committed

    async def close(self) -> None:
        """Do nothing."""

    async def work(self, records: Sequence[Any]) -> None:
        """Do nothing."""


async def poll(deps: Deps, group: str, sources: Sources, *chores: Chore) -> None:
    """Poll sources until cancelled, in the process to which the consumer group assigns partition 0."""

    def handler(tp: TopicPartition) -> Poller | Idle:
        return Poller(sources, deps.fatal, chores) if tp.partition == 0 else Idle()

    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await loop(deps, group, handler)()


def every(seconds: float, work: Callable[[], Awaitable[None]]) -> Chore:
    """Return the chore that does `work` at once and then every `seconds`."""

    async def chore() -> None:
        while True:
            await work()
            await asyncio.sleep(seconds)

    return chore
