"""What the registry remembers: immutable maps, so that `evolve` stays pure and costs O(log n)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import combinations, product
from typing import TypeVar

from immutables import Map

from services.contacts.definitions import MOST_PEOPLE
from services.contacts.registry import boxes
from services.contacts.registry.records import Profile, Record, taught
from shared.contracts import contacts
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, Purpose, Traits
from shared.contracts.contacts_identity import IdentifierShared, KeysLearned, MergeProposed, ProposalClosed
from shared.ids import derive
from shared.second_person import Proposal

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
class Leaving:
    """An erased human whose keys of stored messages are not all named yet."""

    cluster: tuple[str, ...]
    boxes: bytes


class AskedErasure(Proposal):
    """An erasure that waits for a second person, and whose records it is about."""

    cluster: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """`owners`: identifier → people it was given for; `held`: person → identifiers; `clusters`: person → one human.

    `guests`: identifier → people whose messages its key seals too though it names somebody else, or nobody (`TBD`).
    `boxes`: person → keys of what was stored of them (`boxes.py`); `leaving`: erased person → what is left of these;
    `erasing`: number of somebody erased whose keys are not destroyed yet → who it was.

    `records`: what a record says of its person; `beside`: phone → whose relatives have it; `shared`: identifiers of
    too many to identify anybody. `proposals`: merges that a person should decide, `proposed`: person → theirs;
    `apart`: pairs that a person took apart; `said`: pair of numbers → when the hospital last said that they are one
    human, or two; `decided`: what was asked → who it was, `alike`: what is asked → the
    inputs that wait for it. `links`: person → those it was merged with; `deaths`, `consents`: what was said under
    each record. `answered`: the touchpoints of which it is known who they are about. `givers`: id
    without its FHIR server → the server that gave it first, and others that gave it as well before ids had servers.
    `erasures`: person → the wish that waits. `version` counts the decisions that changed a cluster or a standing.
    """

    owners: Map[str, tuple[str, ...]] = Map()
    held: Map[str, tuple[str, ...]] = Map()
    guests: Map[str, Map[str, bool]] = Map()
    boxes: Map[str, bytes] = Map()
    leaving: Map[str, Leaving] = Map()
    erasing: Map[str, str] = Map()
    clusters: Map[str, tuple[str, ...]] = Map()
    waiting: Map[str, IdentityAmbiguous] = Map()
    records: Map[str, Record] = Map()
    beside: Map[str, tuple[str, ...]] = Map()
    shared: Map[str, bool] = Map()
    proposals: Map[str, tuple[str, str]] = Map()
    proposed: Map[str, tuple[str, ...]] = Map()
    apart: Map[str, bool] = Map()
    said: Map[str, datetime] = Map()
    decided: Map[str, str] = Map()
    alike: Map[str, Map[str, bool]] = Map()
    links: Map[str, tuple[str, ...]] = Map()
    deaths: Map[str, Death] = Map()
    consents: Map[str, Map[Purpose, Said]] = Map()
    answered: Map[str, str] = Map()
    givers: Map[str, tuple[str, ...]] = Map()
    erasures: Map[str, AskedErasure] = Map()
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

    def sealed_by(self, key: str) -> Iterator[str]:
        """Everybody whose messages an identifier's key seals."""
        yield from self.owners.get(key, ())
        yield from self.guests.get(key, ())

    def profile(self, person: str) -> Profile:
        """What all records of the human behind `person` say."""
        return Profile.of(*[self.records.get(member, _NOTHING) for member in self.cluster(person)])

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
    pairs, sealed_with = (event.pairs, event.boxes) if isinstance(event, IdentityResolved) else ((), ())
    said = registry.said.update(dict.fromkeys(pairs, event.at)) if pairs else registry.said
    records = _recorded(registry, event, patient)
    registry = replace(registry, owners=owners, beside=beside, said=said, records=records)
    others = (event.sealed_for,) if event.sealed_for in registry.owners and event.sealed_for not in keys else ()
    return _holding(registry, event.person_id, (*keys, *event.beside), (*sealed_with, *others))


def _holding(registry: Registry, person: str, keys: Sequence[str], sealed_with: Sequence[str]) -> Registry:
    """The registry that knows what to destroy with a person: identifiers by name, keys of messages packed."""
    kept, known, guests = registry.boxes.get(person, b""), registry.held.get(person, ()), registry.guests
    for box in sealed_with:
        if small := boxes.packed(box):
            kept = boxes.added(kept, small)
        elif box not in known:
            keys = (*keys, box)
            guests = guests.set(box, guests.get(box, Map()).set(person, True))
    held = registry.held.set(person, (*known, *keys)) if keys or person not in registry.held else registry.held
    stored = registry.boxes.set(person, kept) if kept else registry.boxes
    return replace(registry, held=held, guests=guests, boxes=stored)


def _recorded(registry: Registry, event: IdentityResolved | KeysLearned, patient: bool) -> Map[str, Record]:
    """Every record, that of an event's person after it. One that this version met first is known as a whole."""
    record = registry.records.get(event.person_id, _NOTHING)
    if event.traits is None and (record.patient or not patient):
        return registry.records
    after = taught(record, event.traits or Traits(), patient)
    if event.traits and (isinstance(event, KeysLearned) or event.person_id not in registry.held):
        after = after._replace(whole=True)
    return registry.records if after == record else registry.records.set(event.person_id, after)


def waits_no_longer(registry: Registry, input_id: str) -> Registry:
    """The registry without an input that waited."""
    known = registry.waiting.get(input_id)
    if known is None:
        return registry
    left, alike = without(registry.alike.get(known.combination, Map()), input_id), registry.alike
    alike = alike.set(known.combination, left) if left else without(alike, known.combination)
    return replace(registry, waiting=registry.waiting.delete(input_id), alike=alike)


def decided(registry: Registry, event: IdentityResolved) -> Registry:
    """The registry after an input was settled, which holds for all of its like."""
    if event.input_id not in registry.waiting:
        return registry
    after = waits_no_longer(registry, event.input_id)
    if event.method != "decided" or not event.combination:
        return after
    return replace(after, decided=registry.decided.set(event.combination, event.person_id))


def waited(registry: Registry, event: IdentityAmbiguous) -> Registry:
    """The registry with one more input that waits, beside those of its like."""
    after = replace(registry, waiting=registry.waiting.set(event.input_id, event))
    if not event.combination:  # of an older version
        return after
    same = registry.alike.get(event.combination, Map()).set(event.input_id, True)
    return replace(after, alike=registry.alike.set(event.combination, same))


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


def without(map: Map[str, V], key: str) -> Map[str, V]:
    """A map without a key, whether it has it or not."""
    return map.delete(key) if key in map else map


def without_all(map: Map[str, V], keys: Iterable[str]) -> Map[str, V]:
    """A map without several keys."""
    for key in keys:
        map = without(map, key)
    return map
