"""Two people forget a human: one asks, another approves. What is destroyed then is `erasing.py`'s. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from services.contacts.commands import ConfirmErasure, DecideErasure, ErasePerson, ForgetKeys, RequestErasure
from services.contacts.registry.erasing import after_erasing, confirm, erase, forget_keys
from services.contacts.registry.state import AskedErasure, Registry, without, without_all
from shared.contracts.base import changed
from shared.contracts.contacts import PersonErased
from shared.contracts.contacts_identity import (
    ErasureCarriedOut,
    ErasureDeclined,
    ErasureRequested,
    InputDropped,
    KeysForgotten,
)
from shared.decider import Rejection
from shared.second_person import WAITS, refusal

ErasureEvents = ErasureRequested | ErasureDeclined | PersonErased | KeysForgotten | ErasureCarriedOut | InputDropped


def erasing(
    c: RequestErasure | DecideErasure | ErasePerson | ForgetKeys | ConfirmErasure, registry: Registry
) -> Sequence[ErasureEvents] | Rejection:
    """From the wish to its end. Nobody sends `ErasePerson` any more; what an older version sent is carried out."""
    match c:
        case RequestErasure():
            return ask_erasure(c, registry)
        case DecideErasure():
            return decide_erasure(c, registry)
        case ErasePerson():
            return erase(c, registry)
        case ForgetKeys():
            return forget_keys(c, registry)
        case ConfirmErasure():
            return confirm(c, registry)
        case _:
            assert_never(c)


def ask_erasure(c: RequestErasure, registry: Registry) -> Sequence[ErasureRequested] | Rejection:
    """Somebody wants a human forgotten: it waits for a second person."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}, or they were erased already")
    cluster, before = registry.cluster(c.person_id), registry.erasures.get(c.person_id)
    if before and before.waits(c.at) and before.cluster == cluster:
        if before.by == c.requested_by:
            return []
        return Rejection("erasure-waits", f"{before.by} asked for it already: approve that, or decline it")
    return [
        ErasureRequested(
            at=c.at, person_id=c.person_id, cluster=cluster, requested_by=c.requested_by, until=c.at + WAITS
        )
    ]


def decide_erasure(c: DecideErasure, registry: Registry) -> Sequence[ErasureEvents] | Rejection:
    """The second person's word, on the human as they were when it was asked."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}, or they were erased already")
    wanted = registry.erasures.get(c.person_id)
    if no := refusal(wanted, c.person_id, c.decided_by, c.at, c.approved):
        return no
    assert wanted is not None, "what nobody asked for was refused"
    if not c.approved:
        return [ErasureDeclined(at=c.at, person_id=c.person_id, declined_by=c.decided_by)]
    if wanted.cluster != registry.cluster(c.person_id):
        changed_since = "other records belong to this human now than when it was asked: it must be asked again"
        return Rejection("erasure-changed", changed_since)
    carried_out = erase(ErasePerson(id=c.id, at=c.at, person_id=c.person_id, requested_by=wanted.by), registry)
    if isinstance(carried_out, Rejection):
        return carried_out
    return [
        changed(event, approved_by=c.decided_by) if isinstance(event, PersonErased) else event for event in carried_out
    ]


def with_erasure(
    registry: Registry, event: ErasureRequested | ErasureDeclined | PersonErased | KeysForgotten | ErasureCarriedOut
) -> Registry:
    """What the registry remembers of it."""
    match event:
        case ErasureRequested() | ErasureDeclined():
            return wished(registry, event)
        case PersonErased():
            return after_erasing(without_wishes(registry, event), event)
        case KeysForgotten() | ErasureCarriedOut():
            return after_erasing(registry, event)
        case _:
            assert_never(event)


def wished(registry: Registry, event: ErasureRequested | ErasureDeclined) -> Registry:
    """The registry with a wish that waits, or without one that was declined."""
    if isinstance(event, ErasureDeclined):
        return replace(registry, erasures=without(registry.erasures, event.person_id))
    wish = AskedErasure(id=event.person_id, by=event.requested_by, until=event.until, cluster=event.cluster)
    return replace(registry, erasures=registry.erasures.set(event.person_id, wish))


def without_wishes(registry: Registry, event: PersonErased) -> Registry:
    """The registry without the wishes that an erasure fulfils."""
    return replace(registry, erasures=without_all(registry.erasures, event.cluster))
