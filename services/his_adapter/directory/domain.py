"""Decider of the directory: an entry merges what its sources say, by the newest value of each field. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict, assert_never, cast

from pydantic import Field

from services.his_adapter.directory.commands import DirectoryCommand, ListEntry, WithdrawEntry
from shared.contracts.base import Part, changed
from shared.contracts.his_directory import (
    MODELS,
    ClinicHours,
    Entry,
    EntryConfirmed,
    EntryKey,
    EntryListed,
    EntryWithdrawn,
    Listed,
)
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

WORDS = ("names", "about", "title", "address")
"""Fields with a text by language, merged by language."""
LISTS_OF_ALL_SOURCES = ("departments", "specialties", "phones")
"""Lists that hold the values of all sources: each department sends its own doctors."""


class Voice(Part):
    """What one source says about an entry: `at` is its last command, `since` when each field got its present value.

    Because of `since`, a source that repeats its values every night does not override another source's later change.
    """

    at: datetime
    stated_fields: dict[str, Any] = Field({}, alias="said")
    since: dict[str, datetime] = {}

    def now(self, at: datetime, fields: Mapping[str, Any]) -> "Voice":
        """Return the voice with new fields; `since` of fields with the same value stays."""
        same = (
            name for name, value in fields.items() if name in self.stated_fields and self.stated_fields[name] == value
        )
        unchanged = {name: self.since[name] for name in same}
        return Voice(at=at, stated_fields=dict(fields), since={name: unchanged.get(name, at) for name in fields})


class Listing(Part):
    """An entry (None: not listed), and its `voices` by source."""

    entry: Entry | None = None
    voices: dict[str, Voice] = {}


Events = EntryListed | EntryConfirmed | EntryWithdrawn


def decide(command: DirectoryCommand, listing: Listing, definitions: Definitions) -> Sequence[Events] | Rejection:
    """Return the events of a command. A command older than the last one of its source changes nothing."""
    voice = listing.voices.get(command.source)
    if voice and command.at < voice.at:
        return []
    about = _About(at=command.at, entry_id=command.entry_id, source=command.source)
    match command:
        case ListEntry(entry=fields):
            if listing.entry and voice and dict(fields) == voice.stated_fields:
                return [EntryConfirmed(**about)] if command.at > voice.at else []
            return [_listed(about, listing, fields)]
        case WithdrawEntry():
            return _withdrawn(command, about, listing)
        case _:
            assert_never(command)


class _About(TypedDict):
    """Fields that all events of an entry have."""

    at: datetime
    entry_id: EntryKey
    source: str


def _listed(about: _About, listing: Listing, fields: Mapping[str, Any]) -> EntryListed:
    voices = _updated_voices(listing, about["source"], about["at"], fields)
    return EntryListed(**about, stated_fields=dict(fields), entry=together(about["entry_id"], voices))


def _withdrawn(command: WithdrawEntry, about: _About, listing: Listing) -> Sequence[Events] | Rejection:
    if listing.entry is None:
        return Rejection("entry-unknown", f"the directory lists no {command.entry_id}")
    if any(voice.at > command.at for voice in listing.voices.values()) and command.entirely:
        return []
    others = [name for name, voice in listing.voices.items() if voice.stated_fields and name != command.source]
    if command.entirely or not others:
        return [EntryWithdrawn(**about)]
    return [_listed(about, listing, {})] if command.source in listing.voices else []


def _updated_voices(listing: Listing, source: str, at: datetime, fields: Mapping[str, Any]) -> dict[str, Voice]:
    before = listing.voices.get(source, Voice(at=at))
    return {**listing.voices, source: before.now(at, fields)}


def together(key: EntryKey, voices: Mapping[str, Voice]) -> Entry:
    """Merge voices to one entry: the newest value of each field, texts by language, lists without duplicates."""
    fields = [
        (voice.since[name], source, name, value)
        for source, voice in voices.items()
        for name, value in voice.stated_fields.items()
    ]
    merged: dict[str, Any] = {}
    for _, _, name, value in sorted(fields, key=lambda field: field[:2]):
        if name in WORDS:
            merged[name] = {**merged.get(name, {}), **value}
        elif name in LISTS_OF_ALL_SOURCES:
            merged[name] = list(dict.fromkeys([*merged.get(name, ()), *value]))
        else:
            merged[name] = value
    return cast("Entry", MODELS[key.kind](**{**merged, **key._asdict()}))


def evolve(listing: Listing, event: Events) -> Listing:
    """Apply an event to the state that `decide` reads.

    A withdrawn entry keeps the times of its voices, so that a late, older command does not list it again.
    """
    match event:
        case EntryListed():
            return Listing(
                entry=event.entry, voices=_updated_voices(listing, event.source, event.at, event.stated_fields)
            )
        case EntryConfirmed():
            fields = listing.voices[event.source].stated_fields
            return changed(listing, voices=_updated_voices(listing, event.source, event.at, fields))
        case EntryWithdrawn():
            emptied = {source: Voice(at=voice.at) for source, voice in listing.voices.items()}
            return Listing(voices={**emptied, event.source: Voice(at=event.at)})
        case _:
            assert_never(event)


def in_force(entry: Listed, day: date) -> bool:
    """Return whether an entry holds on a day; for clinic hours, whether they are held: weekday, and no closed day."""
    if (entry.since and day < entry.since) or (entry.until and day > entry.until):
        return False
    if not isinstance(entry, ClinicHours):
        return True
    closed = any(closed.since <= day <= closed.until for closed in entry.closed)
    return not closed and any(day.isoweekday() in hours.weekdays for hours in entry.hours)


DIRECTORY = Decider(name="his-directory", initial=Listing, decide=decide, evolve=evolve, state=Listing, partitions=1)
