"""The puller role: reads what does not push. Whoever is assigned the directory's one partition is the reader."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from services.his_adapter.definitions import Feed, Table
from services.his_adapter.formats.common.progress import Progress, Trouble
from services.his_adapter.formats.fhir.intake import FhirIntake
from services.his_adapter.formats.fhir.pulling import pull_export
from services.his_adapter.formats.tables.folder import read_folder
from services.his_adapter.formats.tables.tidying import tidy
from services.his_adapter.formats.tables.view import read_view
from services.his_adapter.payments.bills import NoBill, compare_bills
from services.his_adapter.payments.definitions import Provider
from services.his_adapter.watches.beginning import begin
from services.his_adapter.watches.definitions import Watch
from shared.back_off import wait_after
from shared.definitions import Definition
from shared.host.deps import Deps
from shared.host.roles import loop
from shared.mongo import MongoError

log = logging.getLogger(__name__)
LOOK = 2.0
"""Seconds between two looks at what is due."""
BACK_OFF = (2, 4, 8, 16, 32, 64, 128, 256, 512, 600)
"""Seconds until a source in trouble is tried again, after the first, second … failure."""
TIDY = 3600.0
"""Seconds between two looks at what lies in the drop folder for too long."""
Read = Callable[[Deps, FhirIntake, Any, Progress], Awaitable[None]]


@dataclass(slots=True)
class Source:
    """One source: how far it was read, and when it may be looked at again."""

    progress: Progress
    task: "asyncio.Task[None] | None" = None
    until: float = 0.0
    failures: int = 0


class Reader:
    """A `PartitionHandler` that reads every source for as long as the partition is its own."""

    def __init__(self, deps: Deps) -> None:
        self._deps, self._intake = deps, FhirIntake(deps)
        self._tasks = list[asyncio.Task[None]]()
        self._sources: dict[str, Source] = {}

    async def open(self, committed: int) -> int:
        """From now on it is this process that reads."""
        self._tasks = [self._watched(self._run()), self._watched(self._tidy())]
        return committed

    def _watched(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """A task whose failure ends the process: nobody awaits it."""

        def ended(task: "asyncio.Task[None]") -> None:
            if not task.cancelled() and (error := task.exception()):
                self._deps.fatal(error)

        task = asyncio.create_task(work)
        task.add_done_callback(ended)
        return task

    async def close(self) -> None:
        """Somebody else goes on where we stopped."""
        for task in (*self._tasks, *(source.task for source in self._sources.values())):
            if task:
                task.cancel()

    async def work(self, records: Sequence[Any]) -> None:
        """The events themselves say nothing to a reader."""

    async def _run(self) -> None:
        """Each source in a task of its own: a slow one keeps nobody waiting."""
        while True:
            for definition, read in sources(self._deps):
                name = str(definition.any_version)
                source = self._sources.setdefault(name, Source(Progress(self._deps, name)))
                due = asyncio.get_running_loop().time() >= source.until
                if due and (source.task is None or source.task.done()):
                    source.task = self._watched(self._look(definition, read, source))
            await asyncio.sleep(LOOK)

    async def _tidy(self) -> None:
        while True:
            await tidy(self._deps)
            await asyncio.sleep(TIDY)

    async def _look(self, definition: Definition, read: Read, source: Source) -> None:
        """Read what is due; trouble is noted, and tried again later and later."""
        try:
            await read(self._deps, self._intake, definition, source.progress)
            source.failures = 0
        except (Trouble, NoBill, httpx.HTTPError, SQLAlchemyError, OSError) as error:
            trouble = worded(error)
            log.warning("%s: %s", source.progress.name, trouble)
            await self._troubled(source, trouble)
        except Exception as error:  # one source that nobody foresaw must not stop the others
            places = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s: %s\n%s", source.progress.name, type(error).__name__, places)  # its words may be personal
            await self._troubled(source, f"{type(error).__name__}: the service's log has more")

    async def _troubled(self, source: Source, trouble: str) -> None:
        source.failures += 1
        source.until = asyncio.get_running_loop().time() + wait_after(source.failures, BACK_OFF).total_seconds()
        with suppress(KafkaError, MongoError):  # while those are away there is nobody to tell
            await source.progress.note(await source.progress.position(), trouble=trouble)


def worded(error: Exception) -> str:
    """What may be said of an error: a database's words and a file's name may be personal, their codes are not."""
    if isinstance(error, Trouble | NoBill | httpx.HTTPError):
        return str(error) or type(error).__name__
    if isinstance(error, OSError):
        return f"{type(error).__name__}: {error.strerror}"
    told = getattr(getattr(error, "orig", None), "args", ())
    first = told[0] if told else ""
    code = first.get("C", "") if isinstance(first, dict) else first if isinstance(first, int) else ""
    return " ".join(filter(None, (type(error).__name__, str(code))))


def sources(deps: Deps) -> list[tuple[Definition, Read]]:
    """Everything there is to read now."""
    snapshot = deps.definitions.snapshot
    found: list[tuple[Definition, Read]] = [(feed, pull_export) for feed in snapshot.current(Feed)]
    found += [(table, read_view if table.view else read_folder) for table in snapshot.current(Table)]
    found += [(watch, begin) for watch in snapshot.current(Watch)]
    return [*found, *((provider, _compare) for provider in snapshot.current(Provider) if provider.bills_from)]


async def _compare(deps: Deps, _: FhirIntake, provider: Provider, progress: Progress) -> None:
    await compare_bills(deps, provider, progress)


async def pull(deps: Deps) -> None:
    """The puller role."""

    def handler(tp: TopicPartition) -> Reader:
        return Reader(deps)

    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await loop(deps, "his-adapter.puller", handler)()
