"""The registry's answers: who an input is about, or what a person is asked. What was decided is not asked again."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from immutables import Map

from services.contacts.commands import DecideIdentity, ResolveIdentity
from services.contacts.registry.records import Record, taught
from services.contacts.registry.state import Registry, decided, learn
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
    twice = {twin.named for twin in c.twins if twin.bare in c.strong}
    strong = [key for key in c.strong if key not in twice]  # as it was asked before ids had servers
    return derive("asked", side, *sorted(strong or c.phones), (c.traits or Traits()).name_key)


def resolved(c: ResolveIdentity, registry: Registry, person: str, method: Method, why: str) -> IdentityResolved:
    """The input is about this person, who is known by all of it from now on."""
    record = registry.records.get(person, Record())
    new = person not in registry.held
    tells = c.traits and (new or taught(record, c.traits, is_patient(c.carried_type)) != record)
    return IdentityResolved(
        **news(c.strong, c.phones, c.beside, registry, person),
        at=c.at,
        sealed_for=c.sealed_for,
        person_id=person,
        method=method,
        explanation=why,
        boxes=c.boxes,
        input_id=c.input_id,
        carried_type=c.carried_type,
        carried=c.carried,
        traits=c.traits if tells else None,
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


MOST_AT_ONCE = 200
"""Inputs that one decision settles; who waits beyond goes with the next one."""


def settle(c: DecideIdentity, registry: Registry) -> Sequence[IdentityResolved] | Rejection:
    """A person says who an input that waits is about, and with it all that wait for the same answer."""
    waiting = registry.waiting.get(c.input_id)
    if waiting is None:
        return Rejection("input-not-waiting", f"no ambiguous input {c.input_id} waits for a decision")
    if c.person_id is not None and c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    person = c.person_id or derive(c.input_id, "person")
    alike = [registry.waiting[id] for id in registry.alike.get(waiting.combination, Map()) if id != c.input_id]
    alike.sort(key=lambda each: (each.at, each.input_id))
    settled: list[IdentityResolved] = []
    for each in (waiting, *alike[: MOST_AT_ONCE - 1]):
        settled.append(event := _settled(each, registry, person, f"{c.decided_by} decided"))
        registry = decided(learn(registry, event, is_patient(event.carried_type)), event)
    return settled


def _settled(waiting: IdentityAmbiguous, registry: Registry, person: str, why: str) -> IdentityResolved:
    """What waited is this person's, at the time at which it was said."""
    return IdentityResolved(
        **news(waiting.strong, waiting.identifiers, waiting.beside, registry, person),
        at=waiting.at,
        sealed_for=waiting.sealed_for,
        person_id=person,
        method="decided",
        explanation=why,
        boxes=waiting.boxes,
        input_id=waiting.input_id,
        carried_type=waiting.carried_type,
        carried=waiting.carried,
        traits=waiting.traits,
        combination=waiting.combination,
    )


MOST_KNOWN = 200
"""Identifiers that one record is known by, those of relatives included: who has more stands for many (a test patient).

So an erasure fits a record: see `erasing.py`."""


class News(TypedDict):
    """What a record is known by from now on: numbers, phones and addresses, and phones of relatives."""

    strong: tuple[str, ...]
    learned: tuple[str, ...]
    beside: tuple[str, ...]


def news(strong: Sequence[str], weak: Sequence[str], beside: Sequence[str], registry: Registry, person: str) -> News:
    """What of it the record is not known by yet.

    A number is news where it is nobody's, since one names one person; a phone where it is not shared by too many.
    """
    room = max(0, MOST_KNOWN - len(registry.held.get(person, ())))
    own = tuple(key for key in strong if key not in registry.owners)[:room]
    room -= len(own)
    also = [key for key in weak if key not in registry.shared and person not in registry.owners.get(key, ())]
    learned = tuple(also)[:room]
    near = tuple(phone for phone in beside if person not in registry.beside.get(phone, ()))
    return News(strong=own, learned=learned, beside=near[: room - len(learned)])
