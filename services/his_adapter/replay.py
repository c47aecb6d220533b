"""Translate stored messages again after a mapping was corrected: show what would change, or send the commands.

The patients and the directory are rebuilt from the events topic, and each fact is passed to the decider, so that only
facts that would be published are shown. They are published as historical and trigger no message to a patient.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from services.his_adapter.directory.commands import DirectoryCommand, ListEntry, WithdrawEntry, command_of
from services.his_adapter.directory.domain import DIRECTORY, Listing
from services.his_adapter.facts.commands import ReportFact
from services.his_adapter.facts.domain import DECIDER, understood
from services.his_adapter.facts.news import about
from services.his_adapter.facts.policies import reporting
from services.his_adapter.facts.servers import home, settled
from services.his_adapter.facts.state import Patient
from services.his_adapter.formats import meaning
from services.his_adapter.formats.common.entries import EntryReport
from services.his_adapter.formats.definitions import site_of
from services.his_adapter.formats.meaning import Untranslatable, facts
from shared.actor import system
from shared.bus.consuming import read_to_end
from shared.codec import Codec
from shared.contracts.base import Part, changed
from shared.contracts.facts import SERVER_ID, Identifier, has_kind
from shared.contracts.his_adapter import (
    Fact,
    FactConfirmed,
    HospitalMessageReceived,
    PatientFact,
    PatientsLinked,
    PatientsUnlinked,
)
from shared.contracts.his_directory import EntryConfirmed, EntryKey, EntryListed, EntryWithdrawn
from shared.contracts.his_things import Thing
from shared.decider import Rejection
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.host.deps import build
from shared.ids import derive
from shared.service import Service
from shared.settings import Settings

Entries = tuple[HospitalMessageReceived, Sequence[EntryReport]]
TARGETS = {"his-adapter": (ReportFact,), "his-directory": (ListEntry, WithdrawEntry)}
UNIMPORTANT = {"at", "updated", "historical", "servers", "older"}


@dataclass(frozen=True, slots=True)
class FactChange:
    """One difference: a fact that would be published (`new`, or `changed` in `fields`) with its command.

    `gone`: a fact that was published from the message and is no longer translated from it. It has no command: a person
    has to correct it.
    """

    control_id: str
    what: Literal["new", "changed", "gone"]
    type: str
    fields: tuple[str, ...] = ()
    command: ReportFact | DirectoryCommand | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """Number of messages read, messages that cannot be translated (control id, reason), and the differences."""

    messages: int
    refused: list[tuple[str, str]]
    changes: list[FactChange]


async def replay(
    settings: Settings, service: Service, definitions: Definitions, window: tuple[datetime, datetime], apply: bool
) -> Replay:
    """Translate again with `definitions`; with `apply` send the commands and wait for the broker's acknowledgement."""
    async with build(service, settings, _raise) as deps:
        result = await plan(settings, service, deps.codec, definitions, window)
        for target, kinds in (TARGETS if apply else {}).items():
            commands = [change.command for change in result.changes if isinstance(change.command, kinds)]
            await deps.sender.send(
                target, [(deps.sender.envelope(target, command, actor=system("replay")), []) for command in commands]
            )
        return result


def _raise(error: BaseException) -> None:
    raise error


async def plan(
    settings: Settings, service: Service, codec: Codec, definitions: Definitions, window: tuple[datetime, datetime]
) -> Replay:
    """Translate the messages recorded within `window` (from, to) with the current mapping and compare with the log."""
    translated, entries, refused, read = list[PatientFact](), list[Entries](), list[tuple[str, str]](), set[str]()
    async for received in _read(settings, service, codec, "raw"):
        message = received.data
        if isinstance(message, HospitalMessageReceived) and window[0] <= received.recorded < window[1] and message.text:
            read.add(message.message_id)
            site, key = site_of(definitions, message.site), settings.keys.site_key
            try:
                translated += facts(key, site, changed(message, historical=True))
                if meaning.tells_directory(message.format, message.message_type):
                    entries.append((message, meaning.entries(key, site, message)))
            except Untranslatable as error:
                refused.append((message.control_id, str(error)))
    keys = {key for fact in translated for key in (fact.patient_key, home(fact))}
    log = await _read_log(settings, service, codec, keys, read)
    translated = [in_known_names(cast("Fact", fact), log.patients) for fact in translated]
    changes = [change for fact in translated if (change := _change(fact, log, definitions))]
    return Replay(
        len(read), refused, [*changes, *_gone(log, translated), *_directory_changes(entries, log, definitions)]
    )


def in_known_names(fact: Fact, patients: Mapping[str, Patient]) -> Fact:
    """The fact with the ids that its patient's state uses, and with the visit it is assigned to."""
    for key in (home(fact), fact.patient_key):
        patient = patients.get(key, Patient())
        if (renamed := settled(fact, key, patient)) is not None:
            return understood(renamed, patient)
    raise AssertionError("a patient's own key is no other server's")


async def _read(settings: Settings, service: Service, codec: Codec, kind: str) -> AsyncIterator[Envelope[Any]]:
    async for records in read_to_end(settings.kafka, service.partitions(kind, settings.kafka.partitions)):
        for envelope in await codec.decode(records):
            if isinstance(envelope, Envelope):
                yield envelope


@dataclass(slots=True)
class Log:
    """State of patients and directory entries; and the last fact published per message, fact type and thing."""

    patients: dict[str, Patient]
    listings: dict[EntryKey, Listing]
    published: dict[tuple[str, str, Thing], PatientFact]


async def _read_log(settings: Settings, service: Service, codec: Codec, keys: set[str], messages: set[str]) -> Log:
    """Replay the events topic: patients with one of `keys`, facts of `messages` (message ids), the whole directory."""
    log = Log({}, {}, {})
    async for envelope in _read(settings, service, codec, "events"):
        event = envelope.data
        if isinstance(event, PatientFact | FactConfirmed) and event.patient_key in keys:
            log.patients[event.patient_key] = DECIDER.evolve(log.patients.get(event.patient_key, Patient()), event)
        if isinstance(event, PatientFact) and event.message_id in messages:
            log.published[_name(event)] = event
        if isinstance(event, EntryListed | EntryConfirmed | EntryWithdrawn):
            log.listings[event.entry_id] = DIRECTORY.evolve(log.listings.get(event.entry_id, Listing()), event)
    return log


def _gone(log: Log, translated: list[PatientFact]) -> Iterator[FactChange]:
    """Published facts whose message no longer yields a fact about the same patient and thing."""
    current = {(fact.message_id, fact.patient_key, about(cast("Fact", fact))) for fact in translated}
    for (message_id, _, thing), fact in log.published.items():
        if (message_id, fact.patient_key, thing) not in current:
            yield FactChange(fact.control_id, "gone", type(fact).__name__)


def _directory_changes(entries: list[Entries], log: Log, definitions: Definitions) -> Iterator[FactChange]:
    """Directory entries that would be published or changed."""
    for message, entry in ((message, entry) for message, of_message in entries for entry in of_message):
        command = command_of(entry, derive("replay", message.message_id, entry.entry_id, entry.model_dump_json()))
        before = log.listings.get(entry.entry_id, Listing())
        decided: Sequence[Any] | Rejection = DIRECTORY.decide(command, before, definitions)
        if isinstance(decided, Rejection) or not decided or isinstance(decided[0], EntryConfirmed):
            continue
        after = log.listings[entry.entry_id] = DIRECTORY.evolve(before, decided[0])
        if fields := _differing(before.entry, after.entry):
            what: Literal["new", "changed"] = "changed" if before.entry else "new"
            yield FactChange(message.control_id, what, str(entry.entry_id), fields, command)


def _name(fact: Any) -> tuple[str, str, Thing]:
    return fact.message_id, type(fact).wire, about(fact)


def _change(fact: PatientFact, log: Log, definitions: Definitions) -> FactChange | None:
    fact = meaning.of_one(fact)
    before = log.published.get(_name(fact))
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
    return FactChange(fact.control_id, "changed" if before else "new", type(fact).__name__, fields, command)


def _without_servers(fact: PatientFact) -> PatientFact:
    """The fact without the FHIR server ids, as versions before ADR 25 published it."""
    fact = changed(fact, patient=changed(fact.patient, identifiers=_bare(fact.patient.identifiers)))
    return changed(fact, others=_bare(fact.others)) if isinstance(fact, PatientsLinked | PatientsUnlinked) else fact


def _bare(identifiers: Sequence[Identifier]) -> tuple[Identifier, ...]:
    return tuple(identifier for identifier in identifiers if not has_kind(identifier.system, SERVER_ID))


def _differing(before: Part | None, now: Part | None) -> tuple[str, ...]:
    """The names of the fields that differ, without the `UNIMPORTANT` ones."""
    old, new = (part.model_dump(mode="json", exclude=UNIMPORTANT) if part else {} for part in (before, now))
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))
