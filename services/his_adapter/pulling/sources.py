"""The sources that definitions name; `bootstrap.py` says which function reads which kind."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy.exc import SQLAlchemyError

from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.progress import Progress, Trouble
from shared.back_off import BackOff
from shared.host.deps import Deps

Read = Callable[[Any, Progress], Awaitable[None]]
"""Reads what is due of the source that a definition describes. Raises `Trouble` and the errors of its library."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A `PolledSource` of the loop: what one definition names."""

    definition: Feed | Table
    read: Read
    progress: Progress

    @property
    def name(self) -> str:
        """Return the name: `feed/<id>`, `table/<id>`."""
        return self.progress.name

    @property
    def back_off(self) -> BackOff:
        """Return the waits after failures, as its definition has them."""
        return self.definition.back_off_seconds

    async def poll(self) -> None:
        """Read what is due."""
        await self.read(self.definition, self.progress)

    async def report(self, trouble: str) -> None:
        """Store the trouble with the position."""
        await self.progress.report(trouble)

    def error_text(self, error: Exception) -> str:
        """Return what may be said of an error."""
        return error_text(error)


class Pulling:
    """The sources of definitions, by the function that reads their kind; each keeps its progress between polls."""

    def __init__(self, deps: Deps, reads: Mapping[type[Feed | Table], Read]) -> None:
        self._deps, self._reads = deps, reads
        self._progress: dict[str, Progress] = {}

    def __call__(self) -> Iterator[Pulled]:
        """Return the sources in force."""
        for kind, read in self._reads.items():
            for definition in self._deps.definitions.snapshot.current(kind):
                name = str(definition.any_version)
                yield Pulled(definition, read, self._progress.setdefault(name, Progress(self._deps, name)))


def error_text(error: Exception) -> str:
    """Return what may be said of an error: not the texts of a database or the name of a file, but their codes."""
    if isinstance(error, Trouble | httpx.HTTPError):
        return str(error) or type(error).__name__
    if isinstance(error, OSError):
        return f"{type(error).__name__}: {error.strerror}"
    if not isinstance(error, SQLAlchemyError):
        return ""
    details = getattr(getattr(error, "orig", None), "args", ())
    first = details[0] if details else ""
    code = first.get("C", "") if isinstance(first, dict) else first if isinstance(first, int) else ""
    return " ".join(filter(None, (type(error).__name__, str(code))))
