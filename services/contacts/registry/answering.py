"""The registry's answers: who an input is about, or what a person is asked. What was decided is not asked again."""

from collections.abc import Sequence
from typing import Literal

from services.contacts.commands import DecideIdentity, ResolveIdentity
from services.contacts.registry.records import Record, taught
from services.contacts.registry.state import Registry
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, Traits
from shared.decider import Rejection
from shared.ids import derive

Answer = IdentityResolved | IdentityAmbiguous
Method = Literal["identifier", "phone", "phone-and-name", "new", "decided"]
HOSPITAL = "careloop.his-adapter."


def is_patient(carried_type: str) -> bool:
    """Whether the hospital says it, and not a caller."""
    return carried_type.startswith(HOSPITAL)


def combination(c: ResolveIdentity) -> str:
    """The name of everything that is asked alike: from the same side, the same numbers (else phones), the same name."""
    side = "hospital" if is_patient(c.carried_type) else c.carried_type
    return derive("asked", side, *sorted(c.strong or c.phones), (c.traits or Traits()).name_key)


def resolved(c: ResolveIdentity, registry: Registry, person: str, method: Method, why: str) -> IdentityResolved:
    """The input is about this person, who is known by all of it from now on."""
    record = registry.records.get(person, Record())
    news = c.traits and (person not in registry.held or taught(record, c.traits, is_patient(c.carried_type)) != record)
    return IdentityResolved(
        at=c.at,
        sealed_for=c.sealed_for,
        person_id=person,
        method=method,
        explanation=why,
        strong=free(c.strong, registry),
        learned=unknown(c.phones, registry, person),
        boxes=c.boxes,
        input_id=c.input_id,
        carried_type=c.carried_type,
        carried=c.carried,
        traits=c.traits if news else None,
        beside=new_beside(c.beside, registry, person),
    )


def asked(c: ResolveIdentity, registry: Registry, candidates: Sequence[str], why: str) -> Answer:
    """A person decides, unless somebody did for its like."""
    before = registry.decided.get(combination(c), "")
    if before in registry.held:
        return resolved(c, registry, before, "decided", "a person decided so of the same numbers and name")
    return ambiguous(c, candidates, why)


def ambiguous(c: ResolveIdentity, candidates: Sequence[str], why: str) -> IdentityAmbiguous:
    """The input waits."""
    return IdentityAmbiguous(
        at=c.at,
        sealed_for=c.sealed_for,
        candidates=tuple(candidates),
        explanation=why,
        identifiers=c.phones,
        strong=c.strong,
        boxes=c.boxes,
        input_id=c.input_id,
        carried_type=c.carried_type,
        carried=c.carried,
        traits=c.traits,
        beside=c.beside,
        combination=combination(c),
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
            strong=free(waiting.strong, registry),
            learned=unknown(waiting.identifiers, registry, person),
            boxes=waiting.boxes,
            input_id=c.input_id,
            carried_type=waiting.carried_type,
            carried=waiting.carried,
            traits=waiting.traits,
            beside=new_beside(waiting.beside, registry, person),
            combination=waiting.combination,
        )
    ]


def free(strong: Sequence[str], registry: Registry) -> tuple[str, ...]:
    """Numbers that are nobody's yet: one names one person."""
    return tuple(key for key in strong if key not in registry.owners)


def unknown(weak: Sequence[str], registry: Registry, person: str) -> tuple[str, ...]:
    """Phones and addresses that are news of this person, and still identify anybody."""
    return tuple(k for k in weak if k not in registry.shared and person not in registry.owners.get(k, ()))


def new_beside(phones: Sequence[str], registry: Registry, person: str) -> tuple[str, ...]:
    """Phones of relatives that are news of this person."""
    return tuple(phone for phone in phones if person not in registry.beside.get(phone, ()))
