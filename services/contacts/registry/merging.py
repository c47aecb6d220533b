"""Two records are one human, or are not: by the hospital's word or a person's. And a human is forgotten."""

from collections.abc import Sequence

from services.contacts.commands import ErasePerson, MergePersons, ResolveIdentity, UnmergePersons
from services.contacts.registry.state import Registry
from shared.contracts.contacts import IdentityResolved, PersonErased, PersonsMerged, PersonsUnmerged
from shared.decider import Rejection


def linked(
    c: ResolveIdentity, registry: Registry, answer: IdentityResolved
) -> list[IdentityResolved | PersonsMerged | PersonsUnmerged]:
    """Numbers that the hospital linked: unknown ones are this person's, known ones make two records one human."""
    news = tuple(key for key in c.same if key not in registry.owners)
    found: list[IdentityResolved | PersonsMerged | PersonsUnmerged] = [
        answer.model_copy(update={"strong": (*answer.strong, *news)})
    ]
    person, cluster = answer.person_id, registry.cluster(answer.person_id)
    sealed = {"at": c.at, "person_id": person, "sealed_for": person}
    for other in registry.people(c.same):
        if other not in cluster:
            cluster = (*cluster, *registry.cluster(other))
            why = "the hospital linked their numbers"
            found.append(PersonsMerged(**sealed, merged_id=other, cluster=cluster, reason=why))
    for other in dict.fromkeys(owner for key in c.apart for owner in registry.owners.get(key, ())):
        if other in cluster and other != person:
            cluster = tuple(each for each in cluster if each != other)
            why = "the hospital unlinked their numbers"
            clusters = (cluster, (other,))
            found.append(PersonsUnmerged(**sealed, separated_id=other, clusters=clusters, reason=why))
    return found


def merge(c: MergePersons, registry: Registry) -> Sequence[PersonsMerged] | Rejection:
    """A person says that two records are one human."""
    for person in (c.person_id, c.merged_id):
        if person not in registry.held:
            return Rejection("person-unknown", f"there is no person {person}")
    if c.merged_id in registry.cluster(c.person_id):
        return []
    cluster = (*registry.cluster(c.person_id), *registry.cluster(c.merged_id))
    return [
        PersonsMerged(
            at=c.at,
            person_id=c.person_id,
            merged_id=c.merged_id,
            cluster=cluster,
            reason=c.reason,
            sealed_for=c.person_id,
        )
    ]


def unmerge(c: UnmergePersons, registry: Registry) -> Sequence[PersonsUnmerged] | Rejection:
    """A person says that a record is not this human after all."""
    cluster = registry.cluster(c.person_id)
    if c.separated_id not in cluster or len(cluster) == 1 or c.separated_id == c.person_id:
        return Rejection("not-merged", f"{c.separated_id} is not merged with {c.person_id}")
    rest = tuple(person for person in cluster if person != c.separated_id)
    clusters = (rest, (c.separated_id,))
    event = PersonsUnmerged(
        at=c.at,
        person_id=c.person_id,
        separated_id=c.separated_id,
        clusters=clusters,
        reason=c.reason,
        sealed_for=c.person_id,
    )
    return [event]


def erase(c: ErasePerson, registry: Registry) -> Sequence[PersonErased] | Rejection:
    """Forget a human: every record of the cluster, and what only they were known by."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}, or they were erased already")
    cluster = registry.cluster(c.person_id)
    held = {key for person in cluster for key in registry.held.get(person, ())}
    own = {key for key in held if set(registry.owners.get(key, ())) <= set(cluster)}
    keys = tuple(sorted(own | set(cluster)))
    return [
        PersonErased(
            at=c.at,
            person_id=c.person_id,
            cluster=cluster,
            keys=keys,
            identifiers=tuple(sorted(key for key in held if key in registry.owners)),
            requested_by=c.requested_by,
        )
    ]
