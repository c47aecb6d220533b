"""Projection of the 360: one document per record. Events are ordered by (time, id), not by arrival."""

from typing import assert_never

from services.contacts.person.claims import kept
from services.contacts.registry.commands import REGISTRY
from shared.contracts.base import Event, stored
from shared.contracts.contacts import (
    Claim,
    ClaimConfirmed,
    ConsentChanged,
    PersonDetailsChanged,
    PersonErased,
    PersonRegistered,
    TouchpointRecorded,
)
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.facts import BARE_ID, SERVER_ID, Details, Visit, has_kind
from shared.contracts.person_facts import (
    PatientAdmitted,
    PatientDischarged,
    PatientTransferred,
    PersonFact,
    VisitCancelled,
    VisitRegistered,
    VisitUpdated,
)
from shared.projector import Item, Projection
from shared.projector.model import Document

FACTS: tuple[type[PersonFact], ...] = tuple(PersonFact.__subclasses__())
VisitStep = PatientAdmitted | PatientDischarged | PatientTransferred | VisitRegistered | VisitUpdated | VisitCancelled
VISIT_STATUSES: dict[type[Event], str] = {
    PatientAdmitted: "admitted",
    PatientDischarged: "discharged",
    PatientTransferred: "transferred",
    VisitRegistered: "registered",
    VisitCancelled: "cancelled",
}
NOBODY: Document = {"identity": {}, "claims": [], "confirmed": {}}
"""The fields of an erased person's document."""
TAKEN_BACK = {"discharge": "discharged", "transfer": "transferred"}
OWN: tuple[type[Event], ...] = (
    PersonRegistered,
    PersonDetailsChanged,
    ClaimConfirmed,
    ConsentChanged,
    PersonStandingChanged,
    TouchpointRecorded,
    *FACTS,
)
Shown = (
    PersonRegistered
    | PersonDetailsChanged
    | ClaimConfirmed
    | ConsentChanged
    | PersonStandingChanged
    | TouchpointRecorded
    | PersonFact
    | PersonErased
)


def _keys_360(item: Item) -> list[str]:
    assert item.envelope is not None
    event: Shown = item.envelope.data
    return list(event.cluster) if isinstance(event, PersonErased) else [event.person_id]


def _fold_360(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: Shown = item.envelope.data
    document = before or {"person_id": id, "identity": {}, "visits": {}, "consents": {}, "counts": {}}
    if isinstance(event, PersonErased):
        return {**document, **NOBODY, "erased": True}
    name = type(event).__name__
    document = {**document, "counts": {**document["counts"], name: document["counts"].get(name, 0) + 1}}
    match event:
        case PersonRegistered() | PersonDetailsChanged() | TouchpointRecorded() | ClaimConfirmed():
            return document if document.get("erased") else {**document, **_identity(document, event)}
        case ConsentChanged():
            if document.get("standing"):  # the registry's effective consents count
                return document
            return {**document, "consents": {**document["consents"], event.purpose: event.granted}}
        case PersonStandingChanged():
            return {**document, **_standing(event)}
        case (
            PatientAdmitted()
            | PatientDischarged()
            | PatientTransferred()
            | VisitRegistered()
            | VisitUpdated()
            | VisitCancelled()
        ):
            return {**document, "visits": _visits(document["visits"], event)}
        case PersonFact():
            return document
        case _:
            assert_never(event)


def _identity(
    document: Document, event: PersonRegistered | PersonDetailsChanged | TouchpointRecorded | ClaimConfirmed
) -> Document:
    """The fields `identity`, `claims` and `confirmed` after an event."""
    match event:
        case PersonRegistered():
            return {"identity": _shown(event.details)}
        case PersonDetailsChanged():
            sources = {field: by for field, by in document.get("confirmed", {}).items() if field not in event.changed}
            return {"identity": _shown(event.details), "confirmed": sources, **_claims(document, event.claims)}
        case TouchpointRecorded():
            return _claims(document, event.claims)
        case ClaimConfirmed():
            by = event.model_dump(mode="json", include={"claim_id", "confirmed_by", "at"})
            return {"confirmed": {**document.get("confirmed", {}), event.field: by}}
        case _:
            assert_never(event)


def _shown(details: Details) -> Document:
    """The details in clear text, as most requests show them, without ids on FHIR servers (meaningless to users)."""
    shown = details.model_dump(mode="json", exclude={"cleared"})
    identifiers = [number for number in shown["identifiers"] if not has_kind(number["system"], BARE_ID, SERVER_ID)]
    return shown | {"identifiers": identifiers}


def _claims(document: Document, more: tuple[Claim, ...]) -> Document:
    if not more:
        return {}
    claims = [stored(Claim, claim) for claim in document.get("claims", ())]
    return {"claims": [claim.model_dump(mode="json") for claim in kept(claims, more)]}


def _standing(event: PersonStandingChanged) -> Document:
    """The registry's standing of the human (consents, death): the same in the documents of all their records."""
    standing = event.model_dump(mode="json", include={"consents", "dead", "dead_since"})
    return {**standing, "standing": event.human.version}


def _visits(visits: Document, event: VisitStep) -> Document:
    """Update a visit: its steps with their times (the newest is the current one); fields left out keep their value."""
    id = event.visit.visit_id
    visit = visits.get(id) or {**Visit(visit_id=id).model_dump(exclude={"number"}), "steps": {}}
    steps = dict(visit["steps"])
    if step := VISIT_STATUSES.get(type(event)):
        steps[step] = event.at.isoformat()
    if isinstance(event, VisitCancelled) and event.undoes in TAKEN_BACK:
        steps = {name: at for name, at in visit["steps"].items() if name != TAKEN_BACK[event.undoes]}
    fields = {name: value for name, value in event.visit.stated_fields().items() if name != "number"}
    return {**visits, id: {**visit, **fields, "steps": steps}}


PERSON_360 = Projection(
    collection="person_360",
    sources=("contacts", REGISTRY),
    types=(*OWN, PersonErased),
    keys=_keys_360,
    fold=_fold_360,
)
