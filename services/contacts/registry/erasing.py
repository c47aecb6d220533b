"""Erase a human: all records, identifiers that only they had, and the data keys of everything stored about them. Pure.

Data keys of messages are as many as the hospital sent messages: one event names at most `MAX_KEYS`, `ForgetKeys` names
the rest step by step.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from immutables import Map

from services.contacts.registry import message_keys
from services.contacts.registry.commands import ConfirmErasure, ErasePerson, ExpireInput, ForgetKeys, ResolveIdentity
from services.contacts.registry.state import Leaving, Registry, without, without_all
from shared.contracts.base import changed
from shared.contracts.contacts import PersonErased
from shared.contracts.contacts_identity import ErasureCarriedOut, InputDropped, KeysForgotten
from shared.decider import Rejection

MAX_KEYS = 5000
"""Message keys that one event names: with all identifiers of fifty records it fits a Kafka record of 1 MiB."""


def erase(c: ErasePerson, registry: Registry) -> Sequence[PersonErased | InputDropped] | Rejection:
    """Erase all records of a human, identifiers that nobody else has, and waiting inputs that can be about nobody else.

    An identifier is nobody else's if `Registry.sealed_by` names only records of this human. What remains of shared ones
    stands in the certificate (`erasure/certificate.py`).

    Rejects with `person-unknown`.
    """
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}, or they were erased already")
    cluster = registry.cluster(c.person_id)
    held = {key for person in cluster for key in registry.held.get(person, ())}
    own_keys = {key for key in held if all(person in cluster for person in registry.sealed_by(key))}
    next_keys, later_keys = _cut(_message_keys(registry, cluster))
    waiting = [
        each
        for each in registry.waiting.values()
        if set(each.candidates) <= set(cluster) or each.sealed_for in own_keys
    ]
    residue = {each.sealed_for for each in waiting if each.residue}
    keys = {*own_keys, *cluster, *message_keys.keys_of(next_keys), *residue}
    return [
        PersonErased(
            at=c.at,
            person_id=c.person_id,
            cluster=cluster,
            keys=tuple(sorted(keys)),
            identifiers=tuple(sorted(key for key in held if key in registry.owners or key not in own_keys)),
            requested_by=c.requested_by,
            left=len(later_keys) // message_keys.SIZE,
            awaited=True,
        ),
        *(InputDropped(at=c.at, input_id=each.input_id, reason="erased") for each in waiting),
    ]


def under_way(c: ResolveIdentity, registry: Registry) -> bool:
    """Whether an input was recorded before an erasure that now covers it: it is dropped and makes no new person.

    That is so if its data key is destroyed already, or if it has a number of somebody whose keys are about to be
    destroyed. Inputs that are not encrypted are not covered.
    """
    return c.carried is None or (bool(c.sealed_with) and any(key in registry.erasing for key in (*c.strong, *c.same)))


def expire(c: ExpireInput, registry: Registry) -> Sequence[InputDropped]:
    """Drop waiting inputs whose time is over: one by id, or all encrypted with the key of `sealed_for`."""
    by_number = (id for id, each in registry.waiting.items() if c.sealed_for and each.sealed_for == c.sealed_for)
    expired = [c.input_id] if c.input_id in registry.waiting else sorted(by_number)
    return [InputDropped(at=c.at, input_id=id, reason="expired") for id in expired]


def confirm(c: ConfirmErasure, registry: Registry) -> Sequence[ErasureCarriedOut]:
    """All keys are destroyed: the numbers may be given to a new person."""
    is_under_way = c.person_id in registry.erasing.values()
    return [ErasureCarriedOut(at=c.at, person_id=c.person_id, cluster=c.cluster)] if is_under_way else []


def after_erasing(registry: Registry, event: PersonErased | KeysForgotten | ErasureCarriedOut) -> Registry:
    """Apply an event: remove the person, the keys that were named, or the mark of an erasure that is complete."""
    match event:
        case PersonErased():
            return _forget(registry, event)
        case KeysForgotten():
            leaving = registry.leaving.get(event.person_id)
            return registry if leaving is None else replace(registry, leaving=_left(registry, event, leaving))
        case ErasureCarriedOut():
            erasing = {key: who for key, who in registry.erasing.items() if who != event.person_id}
            return replace(registry, erasing=Map(erasing))
        case _:
            assert_never(event)


def forget_keys(c: ForgetKeys, registry: Registry) -> Sequence[KeysForgotten]:
    """Name the next message keys of an erased human."""
    leaving = registry.leaving.get(c.person_id)
    if leaving is None:
        return []
    named, left = _cut(leaving.message_keys)
    return [
        KeysForgotten(
            at=c.at,
            person_id=c.person_id,
            cluster=leaving.cluster,
            keys=tuple(message_keys.keys_of(named)),
            left=len(left) // message_keys.SIZE,
        )
    ]


def _forget(registry: Registry, event: PersonErased) -> Registry:
    """Remove an erased human from the state."""
    owners, beside, held, guests = registry.owners, registry.beside, registry.held, registry.guests
    leaving = _left(registry, event, Leaving(event.cluster, _message_keys(registry, event.cluster)))
    erasing = registry.erasing.update(dict.fromkeys(event.keys, event.person_id)) if event.awaited else registry.erasing
    waiting = {
        id: changed(each, candidates=tuple(person for person in each.candidates if person not in event.cluster))
        for id, each in registry.waiting.items()
        if not set(each.candidates).isdisjoint(event.cluster)
    }
    for person in event.cluster:
        for key in held.get(person, ()):
            left = tuple(owner for owner in owners.get(key, ()) if owner not in event.cluster)
            owners = owners.set(key, left) if left else without(owners, key)
            near = tuple(other for other in beside.get(key, ()) if other not in event.cluster)
            beside = beside.set(key, near) if near else without(beside, key)
            others = without_all(guests.get(key, Map()), event.cluster)
            guests = guests.set(key, others) if others else without(guests, key)
        held = without(held, person)
    return replace(
        registry,
        owners=owners,
        beside=beside,
        held=held,
        guests=guests,
        leaving=leaving,
        erasing=erasing,
        waiting=registry.waiting.update(waiting),
        message_keys=without_all(registry.message_keys, event.cluster),
        clusters=without_all(registry.clusters, event.cluster),
        traits=without_all(registry.traits, event.cluster),
        links=without_all(registry.links, event.cluster),
        givers=without_all(registry.givers, (key for key in event.identifiers if key not in owners)),
        deaths=without_all(registry.deaths, event.cluster),
        consents=without_all(registry.consents, event.cluster),
    )


def _message_keys(registry: Registry, cluster: Sequence[str]) -> bytes:
    """The packed message keys of all records of a cluster."""
    return b"".join(registry.message_keys.get(person, b"") for person in cluster)


def _cut(all: bytes) -> tuple[bytes, bytes]:
    """Split packed keys into the next `MAX_KEYS` and the rest."""
    return all[: MAX_KEYS * message_keys.SIZE], all[MAX_KEYS * message_keys.SIZE :]


def _left(registry: Registry, event: PersonErased | KeysForgotten, leaving: Leaving) -> Map[str, Leaving]:
    """`leaving` with the keys that are still to be named: the last `event.left` of them."""
    if not event.left:
        return without(registry.leaving, event.person_id)
    rest = leaving.message_keys[-event.left * message_keys.SIZE :]
    return registry.leaving.set(event.person_id, Leaving(leaving.cluster, rest))
