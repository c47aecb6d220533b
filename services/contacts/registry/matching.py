"""Who is an input about? A number with its authority decides, then phone with name and birth date, then the phone."""

from collections.abc import Sequence

from services.contacts.commands import DecideIdentity, ResolveIdentity
from services.contacts.registry.state import Registry
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved
from shared.decider import Rejection
from shared.ids import derive


def unless_it_contradicts(
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
    return ambiguous(c, [answer.person_id, *others], "its record number belongs to another person")


def resolve(c: ResolveIdentity, registry: Registry) -> IdentityResolved | IdentityAmbiguous:
    """A number with its authority decides; then phone with name and birth date; then the phone alone."""
    named = {registry.cluster(person) for person in registry.people([c.name_key])} if c.name_key else set()
    by_number = registry.people(c.strong) or (registry.people(c.same) if c.aliases else [])
    by_phone = registry.people(c.phones)
    if len(by_number) == 1:
        return _resolved(c, registry, by_number[0], "identifier", "a hospital number is known for this person")
    if len(by_number) > 1:
        return ambiguous(c, by_number, "its hospital numbers belong to different people")
    both = [person for person in by_phone if registry.cluster(person) in named]
    if len(both) == 1:
        return _resolved(c, registry, both[0], "phone-and-name", "phone, name and birth date agree with one person")
    if c.strong or not by_phone:
        return _resolved(c, registry, derive(c.input_id, "person"), "new", "no identifier of it is known")
    if len(by_phone) == 1:
        return _resolved(c, registry, by_phone[0], "phone", "the phone is known for one person only")
    return ambiguous(c, by_phone, "its phone is shared by several people")


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


def ambiguous(c: ResolveIdentity, candidates: list[str], why: str) -> IdentityAmbiguous:
    """A person must say who this input is about."""
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


def settle(c: DecideIdentity, registry: Registry) -> Sequence[IdentityResolved] | Rejection:
    """A person says who an input that waits is about."""
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
