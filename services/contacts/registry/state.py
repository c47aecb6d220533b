"""What the registry remembers: immutable maps, so that `evolve` stays pure and costs O(log n)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from immutables import Map

from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, PersonErased

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Registry:
    """`owners`: identifier → people it was given for; `held`: person → identifiers; `clusters`: person → one human."""

    owners: Map[str, tuple[str, ...]] = Map()
    held: Map[str, tuple[str, ...]] = Map()
    clusters: Map[str, tuple[str, ...]] = Map()
    waiting: Map[str, IdentityAmbiguous] = Map()

    def cluster(self, person: str) -> tuple[str, ...]:
        """All records of the human behind `person`, the oldest first."""
        return self.clusters.get(person, (person,))

    def owned(self, key: str, person: str) -> bool:
        """Whether an identifier was given for any record of the human behind `person`."""
        return not set(self.owners.get(key, ())).isdisjoint(self.cluster(person))

    def people(self, keys: Iterable[str]) -> list[str]:
        """The people any of these identifiers was given for, one record per human."""
        found = dict.fromkeys(person for key in keys for person in self.owners.get(key, ()))
        humans: dict[tuple[str, ...], str] = {}
        for person in found:
            humans.setdefault(self.cluster(person), person)
        return list(humans.values())


def learn(registry: Registry, event: IdentityResolved) -> Registry:
    """The registry with the identifiers an input brought."""
    owners, keys = registry.owners, (*event.strong, *event.learned)
    for key in keys:
        owners = owners.set(key, (*owners.get(key, ()), event.person_id))
    known = registry.held.get(event.person_id, ())
    held = registry.held.set(event.person_id, (*known, *keys, *event.boxes))
    return replace(registry, owners=owners, held=held)


def clustered(registry: Registry, clusters: Iterable[tuple[str, ...]]) -> Registry:
    """The registry after records became one human, or several."""
    found = registry.clusters
    for cluster in clusters:
        for person in cluster:
            found = found.set(person, cluster)
    return replace(registry, clusters=found)


def forget(registry: Registry, event: PersonErased) -> Registry:
    """The registry without an erased human."""
    owners, held, clusters = registry.owners, registry.held, registry.clusters
    for person in event.cluster:
        for key in held.get(person, ()):
            left = tuple(owner for owner in owners.get(key, ()) if owner not in event.cluster)
            owners = owners.set(key, left) if left else without(owners, key)
        held, clusters = without(held, person), without(clusters, person)
    return replace(registry, owners=owners, held=held, clusters=clusters)


def without(map: Map[str, V], key: str) -> Map[str, V]:
    """A map without a key, whether it has it or not."""
    return map.delete(key) if key in map else map
