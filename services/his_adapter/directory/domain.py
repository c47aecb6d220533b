"""What an entry of the directory says: what all who tell of it say together; of each field the newest word."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, assert_never, cast

from services.his_adapter.directory.commands import DirectoryCommand, ListEntry, WithdrawEntry
from shared.contracts.base import Part, changed
from shared.contracts.his_directory import MODELS, Entry, EntryConfirmed, EntryKey, EntryListed, EntryWithdrawn
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

WORDS = ("names", "about", "title", "address")
SHARED = ("departments", "specialties", "phones")
"""Lists to which each source adds: a doctor has as many roles as there are departments that say so."""


class Voice(Part):
    """What one source says: when it spoke last, and since when it has said so of each field.

    A source that repeats itself every night does not override what another has changed since.
    """

    at: datetime
    said: dict[str, Any] = {}
    since: dict[str, datetime] = {}

    def now(self, at: datetime, said: Mapping[str, Any]) -> "Voice":
        """The voice after it spoke again."""
        same = {name: self.since[name] for name, value in said.items() if self.said.get(name) == value}
        return Voice(at=at, said=dict(said), since={name: same.get(name, at) for name in said})


class Listing(Part):
    """An entry as it stands, and everybody who spoke of it."""

    entry: Entry | None = None
    voices: dict[str, Voice] = {}


Events = EntryListed | EntryConfirmed | EntryWithdrawn


def decide(command: DirectoryCommand, listing: Listing, definitions: Definitions) -> Sequence[Events] | Rejection:
    """What changes an entry; what a source says late, after newer news of its own, changes nothing."""
    voice = listing.voices.get(command.source)
    if voice and command.at < voice.at:
        return []
    told = _Told(at=command.at, entry_id=command.entry_id, source=command.source)
    match command:
        case ListEntry(entry=said):
            if listing.entry and voice and dict(said) == voice.said:
                return [EntryConfirmed(**told)] if command.at > voice.at else []
            return [_listed(told, listing, said)]
        case WithdrawEntry():
            return _withdrawn(command, told, listing)
        case _:
            assert_never(command)


class _Told(TypedDict):
    at: datetime
    entry_id: str
    source: str


def _listed(told: _Told, listing: Listing, said: Mapping[str, Any]) -> EntryListed:
    voices = _heard(listing, told["source"], told["at"], said)
    return EntryListed(**told, said=dict(said), entry=together(told["entry_id"], voices))


def _withdrawn(command: WithdrawEntry, told: _Told, listing: Listing) -> Sequence[Events] | Rejection:
    if listing.entry is None:
        return Rejection("entry-unknown", f"the directory lists no {command.entry_id}")
    if any(voice.at > command.at for voice in listing.voices.values()) and command.entirely:
        return []
    others = [name for name, voice in listing.voices.items() if voice.said and name != command.source]
    if command.entirely or not others:
        return [EntryWithdrawn(**told)]
    return [_listed(told, listing, {})] if command.source in listing.voices else []


def _heard(listing: Listing, source: str, at: datetime, said: Mapping[str, Any]) -> dict[str, Voice]:
    before = listing.voices.get(source, Voice(at=at))
    return {**listing.voices, source: before.now(at, said)}


def together(entry_id: str, voices: Mapping[str, Voice]) -> Entry:
    """All voices as one entry: the newest word of each field; words language by language; lists put together."""
    key = EntryKey.of(entry_id)
    said = [
        (voice.since[name], who, name, value) for who, voice in voices.items() for name, value in voice.said.items()
    ]
    whole: dict[str, Any] = {}
    for _, _, name, value in sorted(said, key=lambda each: each[:2]):
        if name in WORDS:
            whole[name] = {**whole.get(name, {}), **value}
        elif name in SHARED:
            whole[name] = list(dict.fromkeys([*whole.get(name, ()), *value]))
        else:
            whole[name] = value
    return cast("Entry", MODELS[key.kind](**{**whole, **key._asdict()}))


def evolve(listing: Listing, event: Events) -> Listing:
    """Follow who said what; a withdrawn entry keeps when each spoke, so that late news does not bring it back."""
    match event:
        case EntryListed():
            return Listing(entry=event.entry, voices=_heard(listing, event.source, event.at, event.said))
        case EntryConfirmed():
            said = listing.voices[event.source].said
            return changed(listing, voices=_heard(listing, event.source, event.at, said))
        case EntryWithdrawn():
            silent = {name: Voice(at=voice.at) for name, voice in listing.voices.items()}
            return Listing(voices={**silent, event.source: Voice(at=event.at)})
        case _:
            assert_never(event)


DIRECTORY = Decider(name="his-directory", initial=Listing, decide=decide, evolve=evolve, state=Listing, partitions=1)
