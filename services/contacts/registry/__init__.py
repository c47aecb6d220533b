"""Who is it? The only writer of identifier → person. Pure; ambiguity is an event, never a guess."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from services.contacts.commands import (
    DecideIdentity,
    ErasePerson,
    MergePersons,
    RegistryCommands,
    ResolveIdentity,
    UnmergePersons,
)
from services.contacts.registry.matching import resolve, settle, unless_it_contradicts
from services.contacts.registry.merging import erase, linked, merge, unmerge
from services.contacts.registry.state import Registry, clustered, forget, learn, without
from shared.contracts.contacts import (
    IdentityAmbiguous,
    IdentityResolved,
    PersonErased,
    PersonsMerged,
    PersonsUnmerged,
)
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

RegistryEvents = IdentityResolved | IdentityAmbiguous | PersonsMerged | PersonsUnmerged | PersonErased


def decide(
    command: RegistryCommands, registry: Registry, definitions: Definitions
) -> Sequence[RegistryEvents] | Rejection:
    """One answer per input."""
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
        case _:
            assert_never(command)


def evolve(registry: Registry, event: RegistryEvents) -> Registry:
    """What the registry remembers."""
    match event:
        case IdentityResolved():
            return replace(learn(registry, event), waiting=without(registry.waiting, event.input_id))
        case IdentityAmbiguous():
            return replace(registry, waiting=registry.waiting.set(event.input_id, event))
        case PersonsMerged():
            return clustered(registry, [event.cluster])
        case PersonsUnmerged():
            return clustered(registry, event.clusters)
        case PersonErased():
            return forget(registry, event)
        case _:
            assert_never(event)


REGISTRY = Decider(
    service="contacts-registry", initial=Registry, decide=decide, evolve=evolve, partitions=1, remembered=20_000
)
