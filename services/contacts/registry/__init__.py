"""Who is it? The only writer of identifier → person. Pure; ambiguity is an event, never a guess."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from services.contacts.commands import (
    DecideIdentity,
    ErasePerson,
    MergePersons,
    NoteConsent,
    NoteDeath,
    RegistryCommands,
    ResolveIdentity,
    UnmergePersons,
)
from services.contacts.registry.matching import resolve, settle, unless_it_contradicts
from services.contacts.registry.merging import erase, linked, merge, unmerge
from services.contacts.registry.standing import changed as changed_standing
from services.contacts.registry.standing import note_consent, note_death
from services.contacts.registry.state import (
    Registry,
    forget,
    joined,
    learn,
    noted_consent,
    noted_death,
    parted,
    without,
)
from shared.contracts.base import changed
from shared.contracts.contacts import (
    ConsentNoted,
    DeathNoted,
    IdentityAmbiguous,
    IdentityResolved,
    PersonErased,
    PersonsMerged,
    PersonsUnmerged,
    StandingChanged,
)
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

RegistryEvents = (
    IdentityResolved
    | IdentityAmbiguous
    | PersonsMerged
    | PersonsUnmerged
    | PersonErased
    | DeathNoted
    | ConsentNoted
    | StandingChanged
)


def decide(
    command: RegistryCommands, registry: Registry, definitions: Definitions
) -> Sequence[RegistryEvents] | Rejection:
    """One answer per input, and the new standing of every human it changed."""
    events = _decided(command, registry)
    if isinstance(events, Rejection) or not events:
        return events
    after = registry
    for event in events:
        after = evolve(after, event)
    people = dict.fromkeys(person for event in events for person in _moved(event))
    standings = changed_standing(registry, after, people, command.at)
    after = replace(after, version=registry.version + bool(standings))
    return [
        *(changed(e, human=after.human(e.person_id)) if isinstance(e, IdentityResolved) else e for e in events),
        *standings,
    ]


def _decided(command: RegistryCommands, registry: Registry) -> Sequence[RegistryEvents] | Rejection:
    match command:
        case ResolveIdentity():
            answer = unless_it_contradicts(command, registry, resolve(command, registry))
            return [answer] if isinstance(answer, IdentityAmbiguous) else linked(command, registry, answer)
        case DecideIdentity():
            return settle(command, registry)
        case MergePersons():
            return merge(command, registry)
        case UnmergePersons():
            return unmerge(command, registry)
        case ErasePerson():
            return erase(command, registry)
        case NoteDeath():
            return note_death(command, registry)
        case NoteConsent():
            return note_consent(command, registry)
        case _:
            assert_never(command)


def _moved(event: RegistryEvents) -> Sequence[str]:
    """The records whose human may be another after an event."""
    match event:
        case PersonsMerged():
            return event.cluster
        case PersonsUnmerged():
            return [person for cluster in event.clusters for person in cluster]
        case DeathNoted() | ConsentNoted():
            return [event.person_id]
        case IdentityResolved() | IdentityAmbiguous() | PersonErased() | StandingChanged():
            return []
        case _:
            assert_never(event)


def evolve(registry: Registry, event: RegistryEvents) -> Registry:
    """What the registry remembers."""
    match event:
        case IdentityResolved():
            return replace(learn(registry, event), waiting=without(registry.waiting, event.input_id))
        case IdentityAmbiguous():
            return replace(registry, waiting=registry.waiting.set(event.input_id, event))
        case PersonsMerged():
            return joined(registry, event)
        case PersonsUnmerged():
            return parted(registry, event)
        case PersonErased():
            return forget(registry, event)
        case DeathNoted():
            return noted_death(registry, event)
        case ConsentNoted():
            return noted_consent(registry, event)
        case StandingChanged():
            return replace(registry, version=event.human.version)
        case _:
            assert_never(event)


REGISTRY = Decider(
    service="contacts-registry", initial=Registry, decide=decide, evolve=evolve, partitions=1, remembered=20_000
)
