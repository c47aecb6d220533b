"""Who is it? The only writer of identifier → person. Pure; ambiguity is an event, never a guess."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, assert_never

from immutables import Map

from services.contacts.commands import (
    DecideIdentity,
    ErasePerson,
    MergePersons,
    RegistryCommands,
    ResolveIdentity,
    UnmergePersons,
)
from shared.contracts.contacts import (
    IdentityAmbiguous,
    IdentityResolved,
    PersonErased,
    PersonsMerged,
    PersonsUnmerged,
)
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.ids import derive

V = TypeVar("V")
RegistryEvents = IdentityResolved | IdentityAmbiguous | PersonsMerged | PersonsUnmerged | PersonErased


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


def decide(
    command: RegistryCommands, registry: Registry, definitions: Definitions
) -> Sequence[RegistryEvents] | Rejection:
    """One answer per input."""
    match command:
        case ResolveIdentity():
            answer = _unless_it_contradicts(command, registry, _resolve(command, registry))
            return [answer] if isinstance(answer, IdentityAmbiguous) else _linked(command, registry, answer)
        case DecideIdentity():
            return _settle(command, registry)
        case MergePersons():
            return _merge(command, registry)
        case UnmergePersons():
            return _unmerge(command, registry)
        case ErasePerson():
            return _erase(command, registry)
        case _:
            assert_never(command)


def _unless_it_contradicts(
    c: ResolveIdentity, registry: Registry, answer: IdentityResolved | IdentityAmbiguous
) -> IdentityResolved | IdentityAmbiguous:
    """Another name of a record joins two people only where one was known by that name alone: else it may be a typo."""
    if not c.aliases or isinstance(answer, IdentityAmbiguous):
        return answer
    cluster = registry.cluster(answer.person_id)
    others = [person for person in registry.people(c.same) if person not in cluster]
    known = {key for person in cluster for key in registry.held.get(person, ()) if key in registry.owners}
    if not others or known <= set(c.strong):
        return answer
    return _ambiguous(c, [answer.person_id, *others], "its record number belongs to another person")


def _linked(c: ResolveIdentity, registry: Registry, answer: IdentityResolved) -> list[RegistryEvents]:
    """Numbers that the hospital linked: unknown ones are this person's, known ones make two records one human."""
    news = tuple(key for key in c.same if key not in registry.owners)
    found: list[RegistryEvents] = [answer.model_copy(update={"strong": (*answer.strong, *news)})]
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


def _resolve(c: ResolveIdentity, registry: Registry) -> IdentityResolved | IdentityAmbiguous:
    """A number with its authority decides; then phone with name and birth date; then the phone alone."""
    named = {registry.cluster(person) for person in registry.people([c.name_key])} if c.name_key else set()
    by_number = registry.people(c.strong) or (registry.people(c.same) if c.aliases else [])
    by_phone = registry.people(c.phones)
    if len(by_number) == 1:
        return _resolved(c, registry, by_number[0], "identifier", "a hospital number is known for this person")
    if len(by_number) > 1:
        return _ambiguous(c, by_number, "its hospital numbers belong to different people")
    both = [person for person in by_phone if registry.cluster(person) in named]
    if len(both) == 1:
        return _resolved(c, registry, both[0], "phone-and-name", "phone, name and birth date agree with one person")
    if c.strong or not by_phone:
        return _resolved(c, registry, derive(c.input_id, "person"), "new", "no identifier of it is known")
    if len(by_phone) == 1:
        return _resolved(c, registry, by_phone[0], "phone", "the phone is known for one person only")
    return _ambiguous(c, by_phone, "its phone is shared by several people")


def _resolved(c: ResolveIdentity, registry: Registry, person: str, method: object, why: str) -> IdentityResolved:
    weak = [*c.phones, *([c.name_key] if c.name_key else [])]
    return IdentityResolved.model_validate(
        {
            "at": c.at,
            "sealed_for": c.sealed_for,
            "person_id": person,
            "method": method,
            "explanation": why,
            "strong": tuple(key for key in c.strong if not registry.owned(key, person)),
            "learned": tuple(key for key in weak if person not in registry.owners.get(key, ())),
            "boxes": c.boxes,
            "input_id": c.input_id,
            "carried_type": c.carried_type,
            "carried": c.carried,
        }
    )


def _ambiguous(c: ResolveIdentity, candidates: list[str], why: str) -> IdentityAmbiguous:
    return IdentityAmbiguous(
        at=c.at,
        sealed_for=c.sealed_for,
        candidates=tuple(candidates),
        explanation=why,
        identifiers=(*c.phones, *([c.name_key] if c.name_key else [])),
        strong=c.strong,
        boxes=c.boxes,
        input_id=c.input_id,
        carried_type=c.carried_type,
        carried=c.carried,
    )


def _settle(c: DecideIdentity, registry: Registry) -> Sequence[RegistryEvents] | Rejection:
    waiting = registry.waiting.get(c.input_id)
    if waiting is None:
        return Rejection("input-not-waiting", f"no ambiguous input {c.input_id} waits for a decision")
    if c.person_id is not None and c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    person = c.person_id or derive(c.input_id, "person")
    return [
        IdentityResolved(
            at=c.at,
            sealed_for=waiting.sealed_for,
            person_id=person,
            method="decided",
            explanation=f"{c.decided_by} decided",
            strong=tuple(key for key in waiting.strong if key not in registry.owners),
            learned=tuple(key for key in waiting.identifiers if person not in registry.owners.get(key, ())),
            boxes=waiting.boxes,
            input_id=c.input_id,
            carried_type=waiting.carried_type,
            carried=waiting.carried,
        )
    ]


def _merge(c: MergePersons, registry: Registry) -> Sequence[RegistryEvents] | Rejection:
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


def _unmerge(c: UnmergePersons, registry: Registry) -> Sequence[RegistryEvents] | Rejection:
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


def _erase(c: ErasePerson, registry: Registry) -> Sequence[RegistryEvents] | Rejection:
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


def evolve(registry: Registry, event: RegistryEvents) -> Registry:
    """What the registry remembers."""
    match event:
        case IdentityResolved():
            return replace(_learn(registry, event), waiting=_without(registry.waiting, event.input_id))
        case IdentityAmbiguous():
            return replace(registry, waiting=registry.waiting.set(event.input_id, event))
        case PersonsMerged():
            return _clustered(registry, [event.cluster])
        case PersonsUnmerged():
            return _clustered(registry, event.clusters)
        case PersonErased():
            return _forget(registry, event)
        case _:
            assert_never(event)


def _learn(registry: Registry, event: IdentityResolved) -> Registry:
    owners, keys = registry.owners, (*event.strong, *event.learned)
    for key in keys:
        owners = owners.set(key, (*owners.get(key, ()), event.person_id))
    known = registry.held.get(event.person_id, ())
    held = registry.held.set(event.person_id, (*known, *keys, *event.boxes))
    return replace(registry, owners=owners, held=held)


def _clustered(registry: Registry, clusters: Iterable[tuple[str, ...]]) -> Registry:
    found = registry.clusters
    for cluster in clusters:
        for person in cluster:
            found = found.set(person, cluster)
    return replace(registry, clusters=found)


def _forget(registry: Registry, event: PersonErased) -> Registry:
    owners, held, clusters = registry.owners, registry.held, registry.clusters
    for person in event.cluster:
        for key in held.get(person, ()):
            left = tuple(owner for owner in owners.get(key, ()) if owner not in event.cluster)
            owners = owners.set(key, left) if left else _without(owners, key)
        held, clusters = _without(held, person), _without(clusters, person)
    return replace(registry, owners=owners, held=held, clusters=clusters)


def _without(map: Map[str, V], key: str) -> Map[str, V]:
    return map.delete(key) if key in map else map


REGISTRY = Decider(
    service="contacts-registry", initial=Registry, decide=decide, evolve=evolve, partitions=1, remembered=20_000
)
