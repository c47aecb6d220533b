"""Two records are one human, or are not: by the hospital's word or a person's."""

from collections.abc import Sequence
from datetime import datetime

from services.contacts.commands import MergePersons, ResolveIdentity, UnmergePersons
from services.contacts.registry.answering import ambiguous
from services.contacts.registry.clusters import merged_into, reachable, separated_from
from services.contacts.registry.state import Registry, pair
from shared.contracts.base import changed
from shared.contracts.contacts import (
    IdentityAmbiguous,
    IdentityResolved,
    PersonsMerged,
    PersonsUnmerged,
)
from shared.decider import Rejection

Told = IdentityResolved | IdentityAmbiguous | PersonsMerged | PersonsUnmerged
MOST = 50
"""Records of one human; whoever links more means somebody else (a placeholder, a test patient)."""


def linked(c: ResolveIdentity, registry: Registry, answer: IdentityResolved) -> list[Told]:
    """Numbers that the hospital linked: unknown ones are this person's, known ones make two records one human.

    What it said of two numbers before its last word of them comes too late.
    """
    same, apart = _in_time(c, registry, c.same), _in_time(c, registry, c.apart)
    news = tuple(key for key in same if key not in registry.owners)
    pairs = () if c.aliases else tuple(_pair(c, key) for key in (*same, *apart))
    events: list[Told] = [changed(answer, strong=(*answer.strong, *news), pairs=pairs)]
    person = answer.person_id
    for other in registry.people(same):
        if other not in registry.cluster(person):
            merged = _merged(c.at, registry, person, other, "the hospital linked their numbers")
            if len(merged.cluster) > MOST:
                return [ambiguous(c, [person, other], f"one human with more than {MOST} records")]
            registry = merged_into(registry, merged)
            events.append(merged)
    for other in dict.fromkeys(owner for key in apart for owner in registry.owners.get(key, ())):
        if other in registry.cluster(person) and other != person:
            separated = _separated(c.at, registry, person, other, "the hospital unlinked their numbers")
            registry = separated_from(registry, separated)
            events.append(separated)
    return events


def _pair(c: ResolveIdentity, key: str) -> str:
    return pair(c.strong[0] if c.strong else "", key)


def _in_time(c: ResolveIdentity, registry: Registry, keys: Sequence[str]) -> list[str]:
    """The numbers of which nothing was said later together with the input's own."""
    return [key for key in keys if registry.said.get(_pair(c, key), c.at) <= c.at]


def merge(c: MergePersons, registry: Registry) -> Sequence[PersonsMerged] | Rejection:
    """A person says that two records are one human."""
    if no := _unknown(registry, c.person_id, c.merged_id):
        return no
    if c.merged_id in registry.cluster(c.person_id):
        return []
    event = changed(_merged(c.at, registry, c.person_id, c.merged_id, c.reason), method=c.method)
    if len(event.cluster) > MOST:
        return Rejection("too-many-records", f"no human has more than {MOST} records: one of them is a placeholder")
    return [event]


def unmerge(c: UnmergePersons, registry: Registry) -> Sequence[PersonsUnmerged] | Rejection:
    """A person says that a merge was wrong: what hung on the separated record goes with it."""
    if no := _unknown(registry, c.person_id, c.separated_id):
        return no
    cluster = registry.cluster(c.person_id)
    if c.separated_id not in cluster or len(cluster) == 1 or c.separated_id == c.person_id:
        return Rejection("not-merged", f"{c.separated_id} is not merged with {c.person_id}")
    return [_separated(c.at, registry, c.person_id, c.separated_id, c.reason)]


def _unknown(registry: Registry, *people: str) -> Rejection | None:
    strange = next((person for person in people if person not in registry.held), None)
    return Rejection("person-unknown", f"there is no person {strange}") if strange is not None else None


def _merged(at: datetime, registry: Registry, person: str, other: str, reason: str | None) -> PersonsMerged:
    cluster = (*registry.cluster(person), *registry.cluster(other))
    return PersonsMerged(at=at, person_id=person, merged_id=other, cluster=cluster, reason=reason, sealed_for=person)


def _separated(at: datetime, registry: Registry, person: str, other: str, reason: str | None) -> PersonsUnmerged:
    """The link to `other` on the way from `person` is cut."""
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
