"""The registry's state: immutable maps, so that `evolve` stays pure and costs O(log n)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import combinations, product
from typing import TypeVar

from immutables import Map

from services.contacts.identifying.definitions import MAX_PEOPLE
from services.contacts.registry import message_keys
from services.contacts.registry.traits import PersonTraits, Profile, taught
from shared.contracts import contacts
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, Purpose, Traits
from shared.contracts.contacts_identity import IdentifierShared, KeysLearned, MergeProposed, ProposalClosed
from shared.ids import derive
from shared.second_person import Proposal

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Consented:
    """The last consent or refusal under one record. `lifted`: records whose later consent lifted this refusal."""

    granted: bool
    at: datetime
    lifted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportedDeath:
    """The last report about a death under one record, and when it was made."""

    dead: bool
    since: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Leaving:
    """An erased human whose message keys were not all named yet (`message_keys`: those left, packed)."""

    cluster: tuple[str, ...]
    message_keys: bytes


class AskedErasure(Proposal):
    """A requested erasure that waits for a second person, and the records it covers."""

    cluster: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """The state of the one registry. All identifiers are HMACs.

    - `owners`: identifier → persons that have it. `held`: person → identifiers. `clusters`: person → records of the
      human.
    - `guests`: identifier → persons whose messages are encrypted with its key, although it identifies somebody else or
      nobody (`TBD`). `message_keys`: person → keys of messages stored about them (`message_keys.py`).
    - `leaving`: erased person → keys still to be named. `erasing`: identifier of an erased person whose keys are not
      destroyed yet → person. `erasures`: person → requested erasure.
    - `traits`: person → its `PersonTraits`. `beside`: phone → persons whose relatives have it. `shared`: identifiers
      of too many people to identify anybody. `givers`: FHIR id without server → the server that issued it first, and
      others that issued it before ids had servers.
    - `proposals`: open merge proposals; `proposed`: person → their ids. `links`: person → persons merged with it.
      `apart`: pairs that are different humans. `linked_at`: pair of numbers → when the hospital last linked or unlinked
      them.
    - `waiting`: ambiguous inputs. `alike`: combination → waiting inputs; `decided`: combination → person. `answered`:
      touchpoints that were resolved.
    - `deaths`, `consents`: reports per record. `version`: number of decisions that changed a cluster or a standing.
    """

    owners: Map[str, tuple[str, ...]] = Map()
    held: Map[str, tuple[str, ...]] = Map()
    guests: Map[str, Map[str, bool]] = Map()
    message_keys: Map[str, bytes] = Map()
    leaving: Map[str, Leaving] = Map()
    erasing: Map[str, str] = Map()
    clusters: Map[str, tuple[str, ...]] = Map()
    waiting: Map[str, IdentityAmbiguous] = Map()
    traits: Map[str, PersonTraits] = Map()
    beside: Map[str, tuple[str, ...]] = Map()
    shared: Map[str, bool] = Map()
    proposals: Map[str, tuple[str, str]] = Map()
    proposed: Map[str, tuple[str, ...]] = Map()
    apart: Map[str, bool] = Map()
    linked_at: Map[str, datetime] = Map()
    decided: Map[str, str] = Map()
    alike: Map[str, Map[str, bool]] = Map()
    links: Map[str, tuple[str, ...]] = Map()
    deaths: Map[str, ReportedDeath] = Map()
    consents: Map[str, Map[Purpose, Consented]] = Map()
    answered: Map[str, str] = Map()
    givers: Map[str, tuple[str, ...]] = Map()
    erasures: Map[str, AskedErasure] = Map()
    version: int = 0

    def cluster(self, person: str) -> tuple[str, ...]:
        """All records of the human behind `person`, the lead first."""
        return self.clusters.get(person, (person,))

    def whole(self, person: str) -> contacts.Human:
        """The human behind a record, as published in events."""
        members = self.cluster(person)
        return contacts.Human(lead=members[0], members=members, version=self.version)

    def owned(self, key: str, person: str) -> bool:
        """Whether any record of the human behind `person` has the identifier."""
        return not set(self.owners.get(key, ())).isdisjoint(self.cluster(person))

    def sealed_by(self, key: str) -> Iterator[str]:
        """Everybody with messages that are encrypted with the identifier's key."""
        yield from self.owners.get(key, ())
        yield from self.guests.get(key, ())

    def profile(self, person: str) -> Profile:
        """The traits of all records of the human behind `person`."""
        return Profile.of(*[self.traits.get(member, _NOTHING) for member in self.cluster(person)])

    def separate(self, one: str, other: str) -> bool:
        """Whether a person decided that records of these two are different humans."""
        pairs = (pair(a, b) for a in self.cluster(one) for b in self.cluster(other))
        return any(pair_id in self.apart for pair_id in pairs)

    def people(self, keys: Iterable[str]) -> list[str]:
        """The people who have any of these identifiers, one record per human."""
        persons = dict.fromkeys(person for key in keys for person in self.owners.get(key, ()))
        humans: dict[tuple[str, ...], str] = {}
        for person in persons:
            humans.setdefault(self.cluster(person), person)
        return list(humans.values())


_NOTHING = PersonTraits()
BESIDE = 5
"""Persons kept per phone of a relative: only whether there are any matters."""


def pair(one: str, other: str) -> str:
    """The id of a pair of records, in any order."""
    return derive("pair", *sorted((one, other)))


def learn(registry: Registry, event: IdentityResolved | KeysLearned, patient: bool) -> Registry:
    """Add the identifiers and traits of an event."""
    owners, beside, keys = registry.owners, registry.beside, (*event.strong, *event.learned)
    for key in keys:
        if len(owners.get(key, ())) < MAX_PEOPLE:
            owners = owners.set(key, (*owners.get(key, ()), event.person_id))
    for phone in event.beside:
        beside = beside.set(phone, (*beside.get(phone, ()), event.person_id)[-BESIDE:])
    linked_pairs, message_ids = (event.pairs, event.message_keys) if isinstance(event, IdentityResolved) else ((), ())
    link_times = (
        registry.linked_at.update(dict.fromkeys(linked_pairs, event.at)) if linked_pairs else registry.linked_at
    )
    traits = _recorded(registry, event, patient)
    registry = replace(registry, owners=owners, beside=beside, linked_at=link_times, traits=traits)
    foreign_keys = (event.sealed_for,) if event.sealed_for in registry.owners and event.sealed_for not in keys else ()
    return _holding(registry, event.person_id, (*keys, *event.beside), (*message_ids, *foreign_keys))


def _holding(registry: Registry, person: str, keys: Sequence[str], message_ids: Sequence[str]) -> Registry:
    """Record what to destroy with a person: identifiers in `held`, message keys packed in `message_keys`."""
    kept, identifiers, guests = registry.message_keys.get(person, b""), registry.held.get(person, ()), registry.guests
    for key in message_ids:
        if packed := message_keys.packed(key):
            kept = message_keys.added(kept, packed)
        elif key not in identifiers:
            keys = (*keys, key)
            guests = guests.set(key, guests.get(key, Map()).set(person, True))
    held = registry.held.set(person, (*identifiers, *keys)) if keys or person not in registry.held else registry.held
    stored = registry.message_keys.set(person, kept) if kept else registry.message_keys
    return replace(registry, held=held, guests=guests, message_keys=stored)


def _recorded(registry: Registry, event: IdentityResolved | KeysLearned, patient: bool) -> Map[str, PersonTraits]:
    """The traits of all records after an event. A record that this version registered is `whole`."""
    before = registry.traits.get(event.person_id, _NOTHING)
    if event.traits is None and (before.patient or not patient):
        return registry.traits
    after = taught(before, event.traits or Traits(), patient)
    if event.traits and (isinstance(event, KeysLearned) or event.person_id not in registry.held):
        after = after._replace(whole=True)
    return registry.traits if after == before else registry.traits.set(event.person_id, after)


def waits_no_longer(registry: Registry, input_id: str) -> Registry:
    """Remove an input that waited."""
    input = registry.waiting.get(input_id)
    if input is None:
        return registry
    others, alike = without(registry.alike.get(input.combination, Map()), input_id), registry.alike
    alike = alike.set(input.combination, others) if others else without(alike, input.combination)
    return replace(registry, waiting=registry.waiting.delete(input_id), alike=alike)


def decided(registry: Registry, event: IdentityResolved) -> Registry:
    """Apply a settled input: it waits no longer, and the decision counts for its combination."""
    if event.input_id not in registry.waiting:
        return registry
    after = waits_no_longer(registry, event.input_id)
    if event.method != "decided" or not event.combination:
        return after
    return replace(after, decided=registry.decided.set(event.combination, event.person_id))


def waited(registry: Registry, event: IdentityAmbiguous) -> Registry:
    """Add an ambiguous input that waits."""
    after = replace(registry, waiting=registry.waiting.set(event.input_id, event))
    if not event.combination:  # an event of an older version
        return after
    same = registry.alike.get(event.combination, Map()).set(event.input_id, True)
    return replace(after, alike=registry.alike.set(event.combination, same))


def shared_by_many(registry: Registry, event: IdentifierShared) -> Registry:
    """Apply `IdentifierShared`: the identifier identifies nobody any more."""
    owners, shared = without(registry.owners, event.identifier), registry.shared.set(event.identifier, True)
    return replace(registry, owners=owners, shared=shared)


def propose(registry: Registry, event: MergeProposed) -> Registry:
    """Add a merge proposal."""
    proposed = registry.proposed
    for person in event.candidates:
        proposed = proposed.set(person, (*proposed.get(person, ()), event.proposal_id))
    proposals = registry.proposals.set(event.proposal_id, event.candidates)
    return replace(registry, proposals=proposals, proposed=proposed)


def close(registry: Registry, event: ProposalClosed) -> Registry:
    """Remove a proposal that was decided or is settled otherwise; a declined pair stays apart."""
    proposed = registry.proposed
    for person in event.candidates:
        left = tuple(id for id in proposed.get(person, ()) if id != event.proposal_id)
        proposed = proposed.set(person, left) if left else without(proposed, person)
    closed = replace(registry, proposals=without(registry.proposals, event.proposal_id), proposed=proposed)
    return kept_apart(closed, [(person,) for person in event.candidates]) if event.outcome == "declined" else closed


def kept_apart(registry: Registry, humans: Sequence[tuple[str, ...]]) -> Registry:
    """Record that these are different humans."""
    apart = registry.apart
    for one, other in combinations(humans, 2):
        for a, b in product(one, other):
            apart = apart.set(pair(a, b), True)
    return replace(registry, apart=apart)


def without(map: Map[str, V], key: str) -> Map[str, V]:
    """The map without a key, if it has it."""
    return map.delete(key) if key in map else map


def without_all(map: Map[str, V], keys: Iterable[str]) -> Map[str, V]:
    """The map without the keys."""
    for key in keys:
        map = without(map, key)
    return map
