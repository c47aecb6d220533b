"""What the registry remembers: immutable maps, so that `evolve` stays pure and costs O(log n)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from immutables import Map

from shared.contracts.contacts import (
    ConsentNoted,
    DeathNoted,
    Human,
    IdentityAmbiguous,
    IdentityResolved,
    PersonErased,
    PersonsMerged,
    PersonsUnmerged,
    Purpose,
)

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Said:
    """What was last allowed or forbidden under one record; `lifted` names the records whose yes took a no back."""

    granted: bool
    at: datetime
    lifted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Death:
    """What was last said of a death under one record, and when."""

    dead: bool
    since: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Registry:
    """`owners`: identifier → people it was given for; `held`: person → identifiers; `clusters`: person → one human.

    `links`: person → those it was merged with, a forest: undoing one merge cuts one link. `deaths` and `consents` are
    what was said under each record. `version` counts the decisions that changed a cluster or a standing.
    """

    owners: Map[str, tuple[str, ...]] = Map()
    held: Map[str, tuple[str, ...]] = Map()
    clusters: Map[str, tuple[str, ...]] = Map()
    waiting: Map[str, IdentityAmbiguous] = Map()
    links: Map[str, tuple[str, ...]] = Map()
    deaths: Map[str, Death] = Map()
    consents: Map[str, Map[Purpose, Said]] = Map()
    version: int = 0

    def cluster(self, person: str) -> tuple[str, ...]:
        """All records of the human behind `person`, the lead first."""
        return self.clusters.get(person, (person,))

    def human(self, person: str) -> Human:
        """The human behind a record, as of now."""
        members = self.cluster(person)
        return Human(lead=members[0], members=members, version=self.version)

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


def joined(registry: Registry, event: PersonsMerged) -> Registry:
    """The registry after two records became one human."""
    return _linked(_clustered(registry, [event.cluster]), event.person_id, event.merged_id)


def parted(registry: Registry, event: PersonsUnmerged) -> Registry:
    """The registry after a merge was undone: links and lifted refusals between the two are gone.

    Older logs separated single records, whatever hung on them: what has no link left to its lead gets one.
    """
    after = _clustered(registry, event.clusters)
    for cluster in event.clusters:
        for person in cluster:
            kept = tuple(other for other in after.links.get(person, ()) if other in cluster)
            after = replace(after, links=after.links.set(person, kept) if kept else without(after.links, person))
            after = _unlifted(after, person)
        reached = reachable(after, cluster[0])
        for person in cluster:
            if person not in reached:
                after = _linked(after, cluster[0], person)
                reached = reachable(after, cluster[0])
    return after


def reachable(registry: Registry, person: str, without_link: frozenset[str] = frozenset()) -> set[str]:
    """The records that hang together with `person`, had one link been cut (named by its two ends)."""
    seen, waiting = {person}, [person]
    while waiting:
        here = waiting.pop()
        fresh = [o for o in registry.links.get(here, ()) if o not in seen and {here, o} != without_link]
        seen.update(fresh)
        waiting += fresh
    return seen


def noted_death(registry: Registry, event: DeathNoted) -> Registry:
    """The registry with what was said of a death."""
    word = Death(event.dead, event.since, event.at)
    return replace(registry, deaths=registry.deaths.set(event.person_id, word))


def noted_consent(registry: Registry, event: ConsentNoted) -> Registry:
    """The registry with a word of consent: a yes lifts what was refused under the human's other records."""
    after = _said(registry, event.person_id, event.purpose, Said(event.granted, event.at))
    for other in registry.cluster(event.person_id) if event.granted else ():
        known = registry.consents.get(other, Map()).get(event.purpose)
        if known is not None and not known.granted and event.person_id not in (other, *known.lifted):
            after = _said(after, other, event.purpose, replace(known, lifted=(*known.lifted, event.person_id)))
    return after


def forget(registry: Registry, event: PersonErased) -> Registry:
    """The registry without an erased human."""
    owners, held, clusters = registry.owners, registry.held, registry.clusters
    links, deaths, consents = registry.links, registry.deaths, registry.consents
    for person in event.cluster:
        for key in held.get(person, ()):
            left = tuple(owner for owner in owners.get(key, ()) if owner not in event.cluster)
            owners = owners.set(key, left) if left else without(owners, key)
        held, clusters, links = without(held, person), without(clusters, person), without(links, person)
        deaths, consents = without(deaths, person), without(consents, person)
    return replace(registry, owners=owners, held=held, clusters=clusters, links=links, deaths=deaths, consents=consents)


def without(map: Map[str, V], key: str) -> Map[str, V]:
    """A map without a key, whether it has it or not."""
    return map.delete(key) if key in map else map


def _clustered(registry: Registry, clusters: Iterable[tuple[str, ...]]) -> Registry:
    found = registry.clusters
    for cluster in clusters:
        for person in cluster:
            found = found.set(person, cluster)
    return replace(registry, clusters=found)


def _linked(registry: Registry, one: str, other: str) -> Registry:
    links = registry.links
    for person, linked in ((one, other), (other, one)):
        links = links.set(person, (*links.get(person, ()), linked))
    return replace(registry, links=links)


def _said(registry: Registry, person: str, purpose: Purpose, said: Said) -> Registry:
    mine = registry.consents.get(person, Map())
    return replace(registry, consents=registry.consents.set(person, mine.set(purpose, said)))


def _unlifted(registry: Registry, person: str) -> Registry:
    cluster = registry.cluster(person)
    for purpose, said in registry.consents.get(person, Map()).items():
        kept = tuple(other for other in said.lifted if other in cluster)
        if kept != said.lifted:
            registry = _said(registry, person, purpose, replace(said, lifted=kept))
    return registry
