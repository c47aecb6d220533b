"""What the page of the status shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from careloop_client.ops.models import GroupState, ProcessState, RebuildState
from console.staff import name_of
from shared.definitions import Definitions


@dataclass(frozen=True, slots=True)
class Process:
    """A process. `lag`: of all of its groups, None if it is not known; `groups`: how many."""

    name: str
    ready: bool
    error: str
    groups: int
    lag: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A consumer group and its process."""

    process: str
    group: GroupState


def processes(answers: Iterable[ProcessState]) -> list[Process]:
    """The processes: those first that are not ready."""
    rows = [Process(each.process, each.ready, each.error, len(each.groups), _lag(each)) for each in answers]
    return sorted(rows, key=lambda row: row.ready)


def _lag(process: ProcessState) -> int | None:
    known = [group.lag for group in process.groups if group.lag is not None]
    return sum(known) if len(known) == len(process.groups) and not process.error else None


def groups(answers: Iterable[ProcessState]) -> list[Row]:
    """The consumer groups: those first that are not ready, then by how much they lag."""
    rows = [Row(process.process, group) for process in answers for group in process.groups]
    return sorted(rows, key=lambda row: (row.group.ready, -(row.group.lag or 0), row.group.group))


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A rebuild. `percent`: how much of the log is read."""

    collection: str
    state: str
    started: datetime
    started_by: str
    force: bool
    percent: int
    before: int | None
    after: int | None
    different: int
    ids: str
    passed_by: int
    detail: str


def rebuilds(answers: Iterable[RebuildState], definitions: Definitions) -> list[Rebuilt]:
    """The rebuilds, in the order of the answer."""
    return [
        Rebuilt(
            each.collection,
            each.state,
            each.started,
            name_of(definitions, each.started_by),
            each.force,
            round(100 * each.read / each.total) if each.total else 0,
            each.before,
            each.after,
            each.different,
            ", ".join(each.different_ids),
            each.passed_by,
            each.detail,
        )
        for each in answers
    ]
