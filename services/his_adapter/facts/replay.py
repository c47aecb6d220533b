"""Translating stored messages again after a mapping was mended: what would change, and making it so.

The rules themselves are asked: the patients are rebuilt from the log and each fact is decided on, so that only what
would really be published is shown. What is published is marked historical: it messages nobody.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from services.his_adapter.definitions import site_of
from services.his_adapter.directory.commands import DirectoryCommand, ListEntry, WithdrawEntry
from services.his_adapter.directory.domain import DIRECTORY, Listing
from services.his_adapter.directory.telling import EntryTold, commanding
from services.his_adapter.facts.commands import ReportFact
from services.his_adapter.facts.domain import DECIDER, Patient, understood
from services.his_adapter.facts.news import about
from services.his_adapter.facts.policies import reporting
from services.his_adapter.facts.servers import home, settled
from services.his_adapter.facts.things import Thing
from services.his_adapter.formats import meaning
from services.his_adapter.formats.meaning import Untranslatable, facts
from shared.actor import system
from shared.bus.reading import read_to_end
from shared.codec import Codec
from shared.contracts.base import Part, changed
from shared.contracts.facts import SERVER_ID, Identifier
from shared.contracts.his_adapter import (
    Fact,
    FactConfirmed,
    HospitalMessageReceived,
    PatientFact,
    PatientsLinked,
    PatientsUnlinked,
)
from shared.contracts.his_directory import EntryConfirmed, EntryListed, EntryWithdrawn
from shared.decider import Rejection
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.host.deps import build
from shared.ids import derive
from shared.service import Service
from shared.settings import Settings

Entries = tuple[HospitalMessageReceived, Sequence[EntryTold]]
TARGETS = {"his-adapter": (ReportFact,), "his-directory": (ListEntry, WithdrawEntry)}
UNIMPORTANT = {"at", "updated", "historical", "servers", "older"}


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would be told: `new`, or `changed` in `fields`; the command that tells it.

    `gone` is what a message was once taken to say and says no longer: nothing takes it back, a person must.
    """

    control_id: str
    what: Literal["new", "changed", "gone"]
    type: str
    fields: tuple[str, ...] = ()
    command: ReportFact | DirectoryCommand | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """What was read, what cannot be translated (control id and reason), and what would be told."""

    messages: int
    refused: list[tuple[str, str]]
    changes: list[Change]


async def replay(
    settings: Settings, service: Service, definitions: Definitions, window: tuple[datetime, datetime], apply: bool
) -> Replay:
    """Plan with `definitions`, those in force; with `apply` the commands are sent, and awaited by the broker."""
    async with build(service, settings, _fatal) as deps:
        found = await plan(settings, service, deps.codec, definitions, window)
        for target, kinds in (TARGETS if apply else {}).items():
            commands = [each.command for each in found.changes if isinstance(each.command, kinds)]
            await deps.sender.send(
                target, [(deps.sender.envelope(target, each, actor=system("replay")), []) for each in commands]
            )
        return found


def _fatal(error: BaseException) -> None:
    raise error


async def plan(
    settings: Settings, service: Service, codec: Codec, definitions: Definitions, window: tuple[datetime, datetime]
) -> Replay:
    """Translate what was received within the window with the mapping in force, and compare."""
    found, entries, refused, read = list[PatientFact](), list[Entries](), list[tuple[str, str]](), set[str]()
    async for received in _read(settings, service, codec, "raw"):
        message = received.data
        if isinstance(message, HospitalMessageReceived) and window[0] <= received.recorded < window[1] and message.text:
            read.add(message.message_id)
            site, key = site_of(definitions, message.site), settings.keys.site_key
            try:
                found += facts(key, site, changed(message, historical=True))
                if meaning.tells_directory(message.format, message.message_type):
                    entries.append((message, meaning.entries(key, site, message)))
            except Untranslatable as error:
                refused.append((message.control_id, str(error)))
    keys = {key for fact in found for key in (fact.patient_key, home(fact))}
    log = await _log(settings, service, codec, keys, read)
    found = [in_known_names(cast("Fact", fact), log.patients) for fact in found]
    changes = [change for fact in found if (change := _change(fact, log, definitions))]
    return Replay(len(read), refused, [*changes, *_gone(log, found), *_listed(entries, log, definitions)])


def in_known_names(fact: Fact, patients: Mapping[str, Patient]) -> Fact:
    """A fact as the patient it is told of calls it, and the visit it must mean."""
    for here in (home(fact), fact.patient_key):
        patient = patients.get(here, Patient())
        if (known := settled(fact, here, patient)) is not None:
            return understood(known, patient)
    raise AssertionError("a patient's own key is no other server's")


async def _read(settings: Settings, service: Service, codec: Codec, kind: str) -> AsyncIterator[Envelope[Any]]:
    async for records in read_to_end(settings.kafka, service.partitions(kind, settings.kafka.partitions)):
        for envelope in await codec.decode(records):
            if isinstance(envelope, Envelope):
                yield envelope


@dataclass(slots=True)
class Log:
    """The patients and the directory as they stand, and what each of some messages was last taken to say of what."""

    patients: dict[str, Patient]
    listings: dict[str, Listing]
    told: dict[tuple[str, str, Thing], PatientFact]


async def _log(settings: Settings, service: Service, codec: Codec, keys: set[str], messages: set[str]) -> Log:
    log = Log({}, {}, {})
    async for envelope in _read(settings, service, codec, "events"):
        event = envelope.data
        if isinstance(event, PatientFact | FactConfirmed) and event.patient_key in keys:
            log.patients[event.patient_key] = DECIDER.evolve(log.patients.get(event.patient_key, Patient()), event)
        if isinstance(event, PatientFact) and event.message_id in messages:
            log.told[_name(event)] = event
        if isinstance(event, EntryListed | EntryConfirmed | EntryWithdrawn):
            log.listings[event.entry_id] = DIRECTORY.evolve(log.listings.get(event.entry_id, Listing()), event)
    return log


def _gone(log: Log, found: list[PatientFact]) -> Iterator[Change]:
    """What messages said of things, or of patients, that they no longer speak of."""
    said = {(fact.message_id, fact.patient_key, about(cast("Fact", fact))) for fact in found}
    for (message_id, _, thing), fact in log.told.items():
        if (message_id, fact.patient_key, thing) not in said:
            yield Change(fact.control_id, "gone", type(fact).__name__)


def _listed(entries: list[Entries], log: Log, definitions: Definitions) -> Iterator[Change]:
    """What the directory would say otherwise."""
    for message, entry in ((message, entry) for message, told in entries for entry in told):
        command = commanding(entry, derive("replay", message.message_id, entry.entry_id, entry.model_dump_json()))
        before = log.listings.get(entry.entry_id, Listing())
        decided: Sequence[Any] | Rejection = DIRECTORY.decide(command, before, definitions)
        if isinstance(decided, Rejection) or not decided or isinstance(decided[0], EntryConfirmed):
            continue
        after = log.listings[entry.entry_id] = DIRECTORY.evolve(before, decided[0])
        if fields := _differing(before.entry, after.entry):
            what: Literal["new", "changed"] = "changed" if before.entry else "new"
            yield Change(message.control_id, what, entry.entry_id, fields, command)


def _name(fact: Any) -> tuple[str, str, Thing]:
    return fact.message_id, type(fact).wire, about(fact)


def _change(fact: PatientFact, log: Log, definitions: Definitions) -> Change | None:
    fact = meaning.of_one(fact)
    before = log.told.get(_name(fact))
    fields = _differing(before, fact if before.servers else _without_servers(fact)) if before else ()
    if before and not fields:
        return None
    id = derive("replay", *_name(fact), fact.model_dump_json())
    command = changed(reporting(fact, id, corrects=before is not None), patient_key=fact.patient_key)
    patient = log.patients.get(fact.patient_key, Patient())
    decided: Sequence[Any] | Rejection = DECIDER.decide(command, patient, definitions)
    if isinstance(decided, Rejection) or not decided or isinstance(decided[0], FactConfirmed):
        return None
    log.patients[fact.patient_key] = DECIDER.evolve(patient, decided[0])
    return Change(fact.control_id, "changed" if before else "new", type(fact).__name__, fields, command)


def _without_servers(fact: PatientFact) -> PatientFact:
    """The fact as a version said it that did not know servers."""
    fact = changed(fact, patient=changed(fact.patient, identifiers=_bare(fact.patient.identifiers)))
    return changed(fact, others=_bare(fact.others)) if isinstance(fact, PatientsLinked | PatientsUnlinked) else fact


def _bare(identifiers: Sequence[Identifier]) -> tuple[Identifier, ...]:
    return tuple(each for each in identifiers if not each.system.startswith(SERVER_ID))


def _differing(before: Part | None, now: Part | None) -> tuple[str, ...]:
    old, new = (said.model_dump(mode="json", exclude=UNIMPORTANT) if said else {} for said in (before, now))
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))
