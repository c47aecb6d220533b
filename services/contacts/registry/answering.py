"""Builds the registry's answers: whom an input is about, or a question to a person. Decisions are reused."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from immutables import Map

from services.contacts.registry.commands import DecideIdentity, ResolveIdentity
from services.contacts.registry.state import Registry, decided, learn
from services.contacts.registry.traits import PersonTraits, taught
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, Traits
from shared.decider import Rejection
from shared.ids import derive

Answer = IdentityResolved | IdentityAmbiguous
Method = Literal["identifier", "phone", "phone-and-name", "new", "decided"]
HOSPITAL = "careloop.his-adapter."


def is_patient(carried_type: str) -> bool:
    """Whether an input comes from the hospital, and not from a caller."""
    return carried_type.startswith(HOSPITAL)


def combination(c: ResolveIdentity) -> str:
    """The id of all inputs that get the same decision: same side, same numbers (phones if there are none) and name."""
    side = "hospital" if is_patient(c.carried_type) else c.carried_type
    twice = {twin.named for twin in c.twins if twin.bare in c.strong}
    strong = [key for key in c.strong if key not in twice]  # older versions asked without server ids
    return derive("asked", side, *sorted(strong or c.phones), (c.traits or Traits()).name_key)


def resolved(c: ResolveIdentity, registry: Registry, person: str, method: Method, why: str) -> IdentityResolved:
    """The input is about `person`, which gets the identifiers and traits of the input that are new."""
    before = registry.traits.get(person, PersonTraits())
    new = person not in registry.held
    adds = c.traits and (new or taught(before, c.traits, is_patient(c.carried_type)) != before)
    return IdentityResolved(
        **news(c.strong, c.phones, c.beside, registry, person),
        at=c.at,
        sealed_for=c.sealed_for,
        person_id=person,
        method=method,
        explanation=why,
        message_keys=c.message_keys,
        input_id=c.input_id,
        carried_type=c.carried_type,
        carried=c.carried,
        traits=c.traits if adds else None,
    )


def asked(c: ResolveIdentity, registry: Registry, candidates: Sequence[str], why: str) -> Answer:
    """Ask a person, unless somebody decided a like input before (`combination`)."""
    decided_person = registry.decided.get(combination(c), "")
    if decided_person in registry.held:
        return resolved(c, registry, decided_person, "decided", "a person decided so of the same numbers and name")
    return ambiguous(c, candidates, why)


def ambiguous(c: ResolveIdentity, candidates: Sequence[str], why: str) -> IdentityAmbiguous:
    """The input waits for a decision."""
    return IdentityAmbiguous(
        at=c.at,
        sealed_for=c.sealed_for,
        candidates=tuple(candidates),
        explanation=why,
        identifiers=c.phones,
        strong=c.strong,
        message_keys=c.message_keys,
        input_id=c.input_id,
        carried_type=c.carried_type,
        carried=c.carried,
        traits=c.traits,
        beside=c.beside,
        combination=combination(c),
    )


MAX_INPUTS = 200
"""Inputs that one decision settles; those beyond are settled with the next like input."""


def settle(c: DecideIdentity, registry: Registry) -> Sequence[IdentityResolved] | Rejection:
    """Apply a person's decision to a waiting input and to all that wait with the same `combination`."""
    waiting = registry.waiting.get(c.input_id)
    if waiting is None:
        return Rejection("input-not-waiting", f"no ambiguous input {c.input_id} waits for a decision")
    if c.person_id is not None and c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    person = c.person_id or derive(c.input_id, "person")
    like_inputs = [registry.waiting[id] for id in registry.alike.get(waiting.combination, Map()) if id != c.input_id]
    like_inputs.sort(key=lambda waiting_input: (waiting_input.at, waiting_input.input_id))
    settled: list[IdentityResolved] = []
    for waiting_input in (waiting, *like_inputs[: MAX_INPUTS - 1]):
        settled.append(event := _settled(waiting_input, registry, person, f"{c.decided_by} decided"))
        registry = decided(learn(registry, event, is_patient(event.carried_type)), event)
    return settled


def _settled(waiting: IdentityAmbiguous, registry: Registry, person: str, why: str) -> IdentityResolved:
    """Resolve a waiting input to `person`, at the input's own time."""
    return IdentityResolved(
        **news(waiting.strong, waiting.identifiers, waiting.beside, registry, person),
        at=waiting.at,
        sealed_for=waiting.sealed_for,
        person_id=person,
        method="decided",
        explanation=why,
        message_keys=waiting.message_keys,
        input_id=waiting.input_id,
        carried_type=waiting.carried_type,
        carried=waiting.carried,
        traits=waiting.traits,
        combination=waiting.combination,
    )


MAX_IDENTIFIERS = 200
"""Identifiers of one record, those of relatives included. A record with more stands for many people (a test patient).

The limit keeps an erasure within one Kafka record: see `erasing.py`.
"""


class NewIdentifiers(TypedDict):
    """The identifiers that a record gets: numbers, phones and emails, phones of relatives."""

    strong: tuple[str, ...]
    learned: tuple[str, ...]
    beside: tuple[str, ...]


def news(
    strong: Sequence[str], weak: Sequence[str], beside: Sequence[str], registry: Registry, person: str
) -> NewIdentifiers:
    """Those of the identifiers that are new to the record, up to `MAX_IDENTIFIERS`.

    A number is new if no person has it, since a number identifies one person; a phone or email if this record does not
    have it and it is not shared by too many.
    """
    room = max(0, MAX_IDENTIFIERS - len(registry.held.get(person, ())))
    new_strong = tuple(key for key in strong if key not in registry.owners)[:room]
    room -= len(new_strong)
    weak_news = [key for key in weak if key not in registry.shared and person not in registry.owners.get(key, ())]
    learned = tuple(weak_news)[:room]
    new_beside = tuple(phone for phone in beside if person not in registry.beside.get(phone, ()))
    return NewIdentifiers(strong=new_strong, learned=learned, beside=new_beside[: room - len(learned)])
