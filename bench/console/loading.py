"""Fills the log of a running system with the events of many people, as its deciders would have published them."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import uuid4

from bench.measure import Measure
from deploy.catalogue import load as load_service
from deploy.local.quiet import is_quiet
from deploy.local.system import System
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_spread
from shared.contracts.base import Event
from shared.contracts.complaints import CaseAssigned, CaseOpened, Severity, SlaStarted
from shared.contracts.contacts import PersonRegistered, TouchpointRecorded
from shared.contracts.contacts_access import RelationBegan, WorkKind, parts_of
from shared.contracts.facts import Details, Identifier, Visit
from shared.contracts.person_facts import PatientAdmitted
from shared.host.deps import build
from shared.service import Deps
from shared.testing import envelope

DEPARTMENT = "CARD"
ONE_CASE_IN = 10
"""One of so many people has an open case."""
CHUNK = 500
"""People whose events are encoded and appended together."""
READERS = ("api", "projector")
"""Roles that answer or project; those of a process stand after the hyphen in its name."""
WITHIN = 4 * 3600
"""Seconds until the read models must have taken everything in."""


@dataclass(slots=True)
class Loaded:
    """What there is: `person` with many events, `case_id` of an open case of theirs; how long it took."""

    person: str
    case_id: str
    people: int
    events: int = 0
    seconds: float = 0.0
    _sequences: dict[tuple[str, str], int] = field(default_factory=dict)

    def following(self, decider: str, key: str) -> int:
        """The next sequence of an aggregate; only that of `person` and their case goes on after the loading."""
        self._sequences[decider, key] = self._sequences.get((decider, key), 0) + 1
        return self._sequences[decider, key]

    @property
    def measure(self) -> Measure:
        """Events a second until every read model shows them."""
        what = f"console: {self.people:,} people loaded, until all read models show them"
        return Measure("console_loaded", what, self.events / self.seconds, "events/s")


@contextmanager
def readers_alone(system: System) -> Iterator[None]:
    """Within the block only the processes run that answer or project.

    The events are appended as they were published: what decides and reacts would react to them a second time.
    """
    roles = [name for name in system.supervisor.children if "-" in name]
    suspended = [name for name in roles if name.rpartition("-")[2] not in READERS]
    others = [pid for name in suspended if (pid := system.supervisor.pid_of(name))]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def load(system: System, people: int, events: int) -> Loaded:
    """Append the events of so many people, of one of them `events`; returns when the read models show them."""
    now, began = datetime.now(UTC), time.monotonic()
    loaded = Loaded(str(uuid4()), str(uuid4()), people)
    async with writers(system) as deps:
        await append(deps, loaded, _crowded(loaded, now, events))
        numbers = iter(range(1, people))
        while chunk := list(islice(numbers, CHUNK)):
            await append(deps, loaded, [event for number in chunk for event in _person(str(uuid4()), number, now)])
    await _shown(system)
    loaded.seconds = time.monotonic() - began
    return loaded


@asynccontextmanager
async def writers(system: System) -> AsyncIterator[dict[str, Deps]]:
    """Service → its adapters, to append events as it does."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(build(load_service(name, system.settings), system.settings, _fatal))
            for name in ("contacts", "complaints")
        }


def _fatal(error: BaseException) -> None:
    raise error


async def append(deps: dict[str, Deps], loaded: Loaded, events: Iterable[Event]) -> None:
    """Append events to the topics of their deciders, each with the next sequence of its aggregate."""
    by_decider: dict[str, list[Event]] = {}
    for event in events:
        by_decider.setdefault(type(event).decided_in(), []).append(event)
    for decider, made in by_decider.items():
        writer = deps[decider.partition("-")[0]]
        envelopes = [envelope(each, loaded.following(decider, each.key), recorded=each.at) for each in made]
        outs = [Out(e.key, value) for e, value in zip(envelopes, await writer.codec.encode(envelopes), strict=True)]
        partitions = writer.service.partition_counts(writer.settings.kafka.partitions)[decider]
        await send_spread(writer.producer, topic_name(decider, "events"), partitions, outs)
        loaded.events += len(made)


def _person(person: str, number: int, now: datetime) -> Iterator[Event]:
    """Somebody who was admitted within the last ninety days; one of ten has an open case."""
    at = now - timedelta(minutes=number * 90 * 24 * 60 // 1_000_000 + 10)
    key = f"{number:064x}"
    identifiers = (Identifier(system="MRN:CITY-HOSPITAL", key=key, value=str(number)),)
    details = Details(identifiers=identifiers, name=f"王{number}", phones=(f"138{number:08}",))
    yield PersonRegistered(at=at, person_id=person, details=details)
    yield _admitted(person, key, f"v{number}", at)
    yield _related(person, "treated", f"treated//{DEPARTMENT}", at, department=DEPARTMENT)
    if number % ONE_CASE_IN == 0:
        yield from _case(person, str(uuid4()), at, number)


def _related(person: str, kind: WorkKind, id: str, at: datetime, department: str = "") -> RelationBegan:
    """Who may read the person: the decider of contacts does not know them, so that it relates nobody by itself."""
    return RelationBegan(at=at, person_id=person, relation_id=parts_of(id), kind=kind, department=department, seen=at)


def _admitted(person: str, key: str, visit: str, at: datetime) -> PatientAdmitted:
    stay = Visit(visit_id=visit, patient_class="inpatient", department=DEPARTMENT, department_name="心内科")
    return PatientAdmitted(at=at, person_id=person, source_key=key, visit=stay)


def _case(person: str, case_id: str, at: datetime, number: int) -> Iterator[Event]:
    yield _related(person, "case", f"case/{case_id}", at)
    severities: tuple[Severity, ...] = ("low", "medium", "high")
    yield CaseOpened(
        at=at,
        case_id=case_id,
        person_id=person,
        category="complaint",
        severity=severities[number % 3],
        source="phone",
        source_id=f"call-{number}",
        department=DEPARTMENT,
        description="等候时间太长",
    )
    due = at + timedelta(hours=4)
    yield SlaStarted(
        at=at,
        case_id=case_id,
        person_id=person,
        policy="bench@1",
        calendar="office@1",
        provisional=False,
        target="respond",
        due=due,
    )
    if number % 3 == 0:
        yield CaseAssigned(at=at, case_id=case_id, person_id=person, assignee="zhou-complaints", assigned_by="wu-lead")


def _crowded(loaded: Loaded, now: datetime, events: int) -> Iterator[Event]:
    """The person whose page is measured: the nurse's patient, with a case of the complaint office."""
    yield from _person(loaded.person, 1, now)
    yield from _case(loaded.person, loaded.case_id, now, 1)
    for number in range(events - 2):
        yield touchpoint(loaded, f"第{number}次电话", now - timedelta(hours=events - number))


def touchpoint(loaded: Loaded, summary: str, at: datetime) -> TouchpointRecorded:
    """A call with the person whose page is measured."""
    return TouchpointRecorded(
        at=at,
        person_id=loaded.person,
        touchpoint_id=str(uuid4()),
        channel="phone",
        direction="inbound",
        summary=summary,
        agent="wang-agent",
    )


async def _shown(system: System) -> None:
    """Wait until no projector lags, twice in a row."""
    assert system.backends is not None
    projectors = [name for name in system.supervisor.children if name.endswith("-projector")]
    deadline, quiet = time.monotonic() + WITHIN, 0
    while quiet < 2:
        status = {name: await system.backends.ask(name, "/internal/status") for name in projectors}
        quiet = quiet + 1 if is_quiet(status, 0) else 0
        if time.monotonic() > deadline:
            raise SystemExit(f"the read models did not take in the people within {WITHIN} s")
        await asyncio.sleep(0.5)
