"""What the registry remembers: immutable maps, so that `evolve` stays pure and costs O(log n)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import combinations, product
from typing import TypeVar

from immutables import Map

from services.contacts.definitions import MOST_PEOPLE
from services.contacts.registry.records import Profile, Record, taught
from shared.contracts import contacts
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, PersonErased, Purpose, Traits
from shared.contracts.contacts_identity import IdentifierShared, KeysLearned, MergeProposed, ProposalClosed
from shared.ids import derive

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

    `records`: what a record says of its person; `beside`: phone → whose relatives have it; `shared`: identifiers of
    too many to identify anybody. `proposals`: merges that a person should decide, `proposed`: person → theirs;
    `apart`: pairs that a person took apart; `decided`: what was asked → who it was. `links`: person → those it was
    merged with; `deaths`, `consents`: what was said under each record. `version` counts the decisions that changed a
    cluster or a standing.
    """

    owners: Map[str, tuple[str, ...]] = Map()
    held: Map[str, tuple[str, ...]] = Map()
    clusters: Map[str, tuple[str, ...]] = Map()
    waiting: Map[str, IdentityAmbiguous] = Map()
    records: Map[str, Record] = Map()
    beside: Map[str, tuple[str, ...]] = Map()
    shared: Map[str, bool] = Map()
    proposals: Map[str, tuple[str, str]] = Map()
    proposed: Map[str, tuple[str, ...]] = Map()
    apart: Map[str, bool] = Map()
    decided: Map[str, str] = Map()
    links: Map[str, tuple[str, ...]] = Map()
    deaths: Map[str, Death] = Map()
    consents: Map[str, Map[Purpose, Said]] = Map()
    version: int = 0

    def cluster(self, person: str) -> tuple[str, ...]:
        """All records of the human behind `person`, the lead first."""
        return self.clusters.get(person, (person,))

    def whole(self, person: str) -> contacts.Human:
        """The human behind a record, as it is told to others."""
        members = self.cluster(person)
        return contacts.Human(lead=members[0], members=members, version=self.version)

    def owned(self, key: str, person: str) -> bool:
        """Whether an identifier was given for any record of the human behind `person`."""
        return not set(self.owners.get(key, ())).isdisjoint(self.cluster(person))

    def profile(self, person: str) -> Profile:
        """What all records of the human behind `person` say."""
        return Profile.of(self.records.get(member, _NOTHING) for member in self.cluster(person))

    def separate(self, one: str, other: str) -> bool:
        """Whether a person said that records of these two are not one human."""
        pairs = (pair(a, b) for a in self.cluster(one) for b in self.cluster(other))
        return any(each in self.apart for each in pairs)

    def people(self, keys: Iterable[str]) -> list[str]:
        """The people any of these identifiers was given for, one record per human."""
        found = dict.fromkeys(person for key in keys for person in self.owners.get(key, ()))
        humans: dict[tuple[str, ...], str] = {}
        for person in found:
            humans.setdefault(self.cluster(person), person)
        return list(humans.values())


_NOTHING = Record()
BESIDE = 5
"""Of so many it is known that their relatives have a phone: what counts is whether there are any."""


def pair(one: str, other: str) -> str:
    """The name of two records, in whatever order."""
    return derive("pair", *sorted((one, other)))


def learn(registry: Registry, event: IdentityResolved | KeysLearned, patient: bool) -> Registry:
    """The registry with what an input brought."""
    owners, beside, keys = registry.owners, registry.beside, (*event.strong, *event.learned)
    for key in keys:
        if len(owners.get(key, ())) < MOST_PEOPLE:
            owners = owners.set(key, (*owners.get(key, ()), event.person_id))
    for phone in event.beside:
        beside = beside.set(phone, (*beside.get(phone, ()), event.person_id)[-BESIDE:])
    boxes = event.boxes if isinstance(event, IdentityResolved) else ()
    known = registry.held.get(event.person_id, ())
    held = registry.held.set(event.person_id, (*known, *keys, *event.beside, *boxes))
    record = registry.records.get(event.person_id, _NOTHING)
    after = taught(record, event.traits or Traits(), patient)
    if event.traits and (isinstance(event, KeysLearned) or event.person_id not in registry.held):
        after = after._replace(whole=True)
    records = registry.records if after == record else registry.records.set(event.person_id, after)
    return replace(registry, owners=owners, beside=beside, held=held, records=records)


def decided(registry: Registry, event: IdentityResolved) -> Registry:
    """The registry after an input was settled, which holds for all of its like."""
    waiting = without(registry.waiting, event.input_id)
    if event.method != "decided" or not event.combination:
        return registry if waiting is registry.waiting else replace(registry, waiting=waiting)
    return replace(registry, waiting=waiting, decided=registry.decided.set(event.combination, event.person_id))


def shared_by_many(registry: Registry, event: IdentifierShared) -> Registry:
    """The registry after an identifier stopped identifying."""
    owners, shared = without(registry.owners, event.identifier), registry.shared.set(event.identifier, True)
    return replace(registry, owners=owners, shared=shared)


def propose(registry: Registry, event: MergeProposed) -> Registry:
    """The registry after a merge was proposed."""
    proposed = registry.proposed
    for person in event.candidates:
        proposed = proposed.set(person, (*proposed.get(person, ()), event.proposal_id))
    proposals = registry.proposals.set(event.proposal_id, event.candidates)
    return replace(registry, proposals=proposals, proposed=proposed)


def close(registry: Registry, event: ProposalClosed) -> Registry:
    """The registry after a proposal was decided, or is no question any more."""
    proposed = registry.proposed
    for person in event.candidates:
        left = tuple(id for id in proposed.get(person, ()) if id != event.proposal_id)
        proposed = proposed.set(person, left) if left else without(proposed, person)
    closed = replace(registry, proposals=without(registry.proposals, event.proposal_id), proposed=proposed)
    return kept_apart(closed, [(person,) for person in event.candidates]) if event.outcome == "declined" else closed


def kept_apart(registry: Registry, humans: Sequence[tuple[str, ...]]) -> Registry:
    """The registry after it was said that these are different humans."""
    apart = registry.apart
    for one, other in combinations(humans, 2):
        for a, b in product(one, other):
            apart = apart.set(pair(a, b), True)
    return replace(registry, apart=apart)


def forget(registry: Registry, event: PersonErased) -> Registry:
    """The registry without an erased human."""
    owners, beside, held = registry.owners, registry.beside, registry.held
    for person in event.cluster:
        for key in held.get(person, ()):
            left = tuple(owner for owner in owners.get(key, ()) if owner not in event.cluster)
            owners = owners.set(key, left) if left else without(owners, key)
            near = tuple(other for other in beside.get(key, ()) if other not in event.cluster)
            beside = beside.set(key, near) if near else without(beside, key)
        held = without(held, person)
    return replace(
        registry,
        owners=owners,
        beside=beside,
        held=held,
        clusters=without_all(registry.clusters, event.cluster),
        records=without_all(registry.records, event.cluster),
        links=without_all(registry.links, event.cluster),
        deaths=without_all(registry.deaths, event.cluster),
        consents=without_all(registry.consents, event.cluster),
    )


def without(map: Map[str, V], key: str) -> Map[str, V]:
    """A map without a key, whether it has it or not."""
    return map.delete(key) if key in map else map


def without_all(map: Map[str, V], keys: Iterable[str]) -> Map[str, V]:
    """A map without several keys."""
    for key in keys:
        map = without(map, key)
    return map
