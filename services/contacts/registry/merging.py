"""Merges and unmerges of records, reported by the hospital or decided by a person."""

from collections.abc import Sequence
from datetime import datetime

from services.contacts.registry.answering import ambiguous
from services.contacts.registry.clusters import merged_into, reachable, separated_from
from services.contacts.registry.commands import MergePersons, ResolveIdentity, UnmergePersons
from services.contacts.registry.state import Registry, pair
from shared.contracts.base import changed
from shared.contracts.contacts import (
    IdentityAmbiguous,
    IdentityResolved,
    PersonsMerged,
    PersonsUnmerged,
)
from shared.decider import Rejection

LinkEvent = IdentityResolved | IdentityAmbiguous | PersonsMerged | PersonsUnmerged
MAX_MERGED_RECORDS = 50
"""Records of one human; a human with more is a placeholder or a test patient."""


def linked(c: ResolveIdentity, registry: Registry, answer: IdentityResolved) -> list[LinkEvent]:
    """Apply the links of an input: unknown numbers go to its person, known ones merge two records, `apart` unmerges.

    Numbers about which the hospital said something later are skipped. A merge above
    `MAX_MERGED_RECORDS` becomes ambiguous.
    """
    same, apart = _in_time(c, registry, c.same), _in_time(c, registry, c.apart)
    new_numbers = tuple(key for key in same if key not in registry.owners)
    pairs = () if c.aliases else tuple(_pair(c, key) for key in (*same, *apart))
    events: list[LinkEvent] = [changed(answer, strong=(*answer.strong, *new_numbers), pairs=pairs)]
    person = answer.person_id
    for other in registry.people(same):
        if other not in registry.cluster(person):
            merged = _merged(c.at, registry, person, other, "the hospital linked their numbers")
            if len(merged.cluster) > MAX_MERGED_RECORDS:
                return [ambiguous(c, [person, other], f"one human with more than {MAX_MERGED_RECORDS} records")]
            registry = merged_into(registry, merged)
            events.append(merged)
    for other in dict.fromkeys(owner for key in apart for owner in registry.owners.get(key, ())):
        if other in registry.cluster(person) and other != person:
            separated = _separated(c.at, registry, person, other, "the hospital unlinked their numbers")
            registry = separated_from(registry, separated)
            events.append(separated)
    return events


def _pair(c: ResolveIdentity, key: str) -> str:
    """The id of the pair of the input's own number and `key`."""
    return pair(c.strong[0] if c.strong else "", key)


def _in_time(c: ResolveIdentity, registry: Registry, keys: Sequence[str]) -> list[str]:
    """The numbers about which, together with the input's own, the hospital said nothing later."""
    return [key for key in keys if registry.linked_at.get(_pair(c, key), c.at) <= c.at]


def merge(c: MergePersons, registry: Registry) -> Sequence[PersonsMerged] | Rejection:
    """Merge two records by a person's decision. Rejects with `person-unknown` or `too-many-records`."""
    if rejection := _unknown(registry, c.person_id, c.merged_id):
        return rejection
    if c.merged_id in registry.cluster(c.person_id):
        return []
    event = changed(_merged(c.at, registry, c.person_id, c.merged_id, c.reason), method=c.method)
    if len(event.cluster) > MAX_MERGED_RECORDS:
        return Rejection(
            "too-many-records", f"no human has more than {MAX_MERGED_RECORDS} records: one of them is a placeholder"
        )
    return [event]


def unmerge(c: UnmergePersons, registry: Registry) -> Sequence[PersonsUnmerged] | Rejection:
    """Undo a merge: the separated record leaves with all records that were merged through it.

    Rejects with `person-unknown` or `not-merged`.
    """
    if rejection := _unknown(registry, c.person_id, c.separated_id):
        return rejection
    cluster = registry.cluster(c.person_id)
    if c.separated_id not in cluster or len(cluster) == 1 or c.separated_id == c.person_id:
        return Rejection("not-merged", f"{c.separated_id} is not merged with {c.person_id}")
    return [_separated(c.at, registry, c.person_id, c.separated_id, c.reason)]


def _unknown(registry: Registry, *people: str) -> Rejection | None:
    """A rejection if the registry does not have one of the people."""
    unknown = next((person for person in people if person not in registry.held), None)
    return Rejection("person-unknown", f"there is no person {unknown}") if unknown is not None else None


def _merged(at: datetime, registry: Registry, person: str, other: str, reason: str | None) -> PersonsMerged:
    cluster = (*registry.cluster(person), *registry.cluster(other))
    return PersonsMerged(at=at, person_id=person, merged_id=other, cluster=cluster, reason=reason, sealed_for=person)


def _separated(at: datetime, registry: Registry, person: str, other: str, reason: str | None) -> PersonsUnmerged:
    """Cut the link of `other` that is on the path to `person`."""
    cluster = registry.cluster(person)
    ends = (frozenset({near, other}) for near in registry.links.get(other, ()))
    link = next(link for link in ends if other not in reachable(registry, person, link))
    apart = reachable(registry, other, link)
    clusters = (
        tuple(each for each in cluster if each not in apart),
        tuple(each for each in cluster if each in apart),
    )
    return PersonsUnmerged(
        at=at, person_id=person, separated_id=other, clusters=clusters, reason=reason, sealed_for=person
    )
