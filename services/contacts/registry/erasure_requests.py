"""Erasure of a human by two people: one requests it, another approves it. What is destroyed: `erasing.py`. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from services.contacts.registry.commands import ConfirmErasure, DecideErasure, ErasePerson, ForgetKeys, RequestErasure
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
from shared.definitions import Definitions
from shared.second_person import refusal, waits_until

ErasureEvents = ErasureRequested | ErasureDeclined | PersonErased | KeysForgotten | ErasureCarriedOut | InputDropped


def erasing(
    c: RequestErasure | DecideErasure | ErasePerson | ForgetKeys | ConfirmErasure,
    registry: Registry,
    definitions: Definitions,
) -> Sequence[ErasureEvents] | Rejection:
    """Decide a command of an erasure. `ErasePerson` is only sent by older versions; it is still carried out."""
    match c:
        case RequestErasure():
            return ask_erasure(c, registry, definitions)
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


def ask_erasure(
    c: RequestErasure, registry: Registry, definitions: Definitions
) -> Sequence[ErasureRequested] | Rejection:
    """Request an erasure, which waits for a second person. Rejects with `person-unknown` or `erasure-waits`."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}, or they were erased already")
    cluster, pending = registry.cluster(c.person_id), registry.erasures.get(c.person_id)
    if pending and pending.waits(c.at) and pending.cluster == cluster:
        if pending.by == c.requested_by:
            return []
        return Rejection("erasure-waits", f"{pending.by} asked for it already: approve that, or decline it")
    return [
        ErasureRequested(
            at=c.at,
            person_id=c.person_id,
            cluster=cluster,
            requested_by=c.requested_by,
            until=waits_until(c.at, definitions),
        )
    ]


def decide_erasure(c: DecideErasure, registry: Registry) -> Sequence[ErasureEvents] | Rejection:
    """Approve or decline a request, for the records that the human had when it was made.

    Rejects with `person-unknown`, `erasure-changed` or the slugs of `shared.second_person.refusal`.
    """
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}, or they were erased already")
    request = registry.erasures.get(c.person_id)
    if rejection := refusal(request, c.person_id, c.decided_by, c.at, c.approved):
        return rejection
    assert request is not None, "what nobody asked for was refused"
    if not c.approved:
        return [ErasureDeclined(at=c.at, person_id=c.person_id, declined_by=c.decided_by)]
    if request.cluster != registry.cluster(c.person_id):
        changed_since = "other records belong to this human now than when it was asked: it must be asked again"
        return Rejection("erasure-changed", changed_since)
    carried_out = erase(ErasePerson(id=c.id, at=c.at, person_id=c.person_id, requested_by=request.by), registry)
    if isinstance(carried_out, Rejection):
        return carried_out
    return [
        changed(event, approved_by=c.decided_by) if isinstance(event, PersonErased) else event for event in carried_out
    ]


def with_erasure(
    registry: Registry, event: ErasureRequested | ErasureDeclined | PersonErased | KeysForgotten | ErasureCarriedOut
) -> Registry:
    """Apply an event of an erasure to the state."""
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
    """Add a request that waits, or remove one that was declined."""
    if isinstance(event, ErasureDeclined):
        return replace(registry, erasures=without(registry.erasures, event.person_id))
    wish = AskedErasure(id=event.person_id, by=event.requested_by, until=event.until, cluster=event.cluster)
    return replace(registry, erasures=registry.erasures.set(event.person_id, wish))


def without_wishes(registry: Registry, event: PersonErased) -> Registry:
    """Remove the requests that an erasure fulfils."""
    return replace(registry, erasures=without_all(registry.erasures, event.cluster))
