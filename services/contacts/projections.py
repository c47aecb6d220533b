"""Events → the 360 and its timeline, identities and clusters. Order is (time, id), never arrival."""

from typing import Any, assert_never

from services.contacts.access_reviews import ACCESS_REVIEWS
from services.contacts.accesses import ACCESSES
from services.contacts.claims import kept
from services.contacts.identities import CLUSTERS, ERASURES, IDENTITIES, REGISTRY
from services.contacts.reviews import REVIEWS
from services.contacts.waiting import APPROVALS
from shared.access import ACCESS
from shared.bus.topics import topic_name
from shared.contracts import complaints, followup, notify
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
from shared.contracts.facts import Details, Visit
from shared.contracts.person_facts import (
    PatientAdmitted,
    PatientDischarged,
    PatientTransferred,
    PersonFact,
    VisitCancelled,
    VisitRegistered,
    VisitUpdated,
)
from shared.humans import HUMANS
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.projector.standard import Traced, standard

FACTS: tuple[type[PersonFact], ...] = tuple(PersonFact.__subclasses__())
Step = PatientAdmitted | PatientDischarged | PatientTransferred | VisitRegistered | VisitUpdated | VisitCancelled
STEPS: dict[type[Event], str] = {
    PatientAdmitted: "admitted",
    PatientDischarged: "discharged",
    PatientTransferred: "transferred",
    VisitRegistered: "registered",
    VisitCancelled: "cancelled",
}
NOBODY: Document = {"identity": {}, "claims": [], "confirmed": {}}
"""What is left of who an erased person was."""
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
ELSEWHERE: tuple[type[Event], ...] = (
    followup.EnrolledInPlan,
    followup.NoPlanMatched,
    followup.TaskScheduled,
    followup.TaskCancelled,
    followup.ReminderDue,
    followup.SurveyInvited,
    followup.SurveyAnswered,
    notify.MessageRequested,
    notify.MessageSuppressed,
    notify.MessageDeferred,
    notify.AttemptSucceeded,
    notify.AttemptFailed,
    notify.AttemptUnknown,
    notify.MessageDelivered,
    notify.MessageBounced,
    *complaints.CaseEvent.__subclasses__(),
)


def person_of(event: Event) -> str | None:
    """Whom an event is about; None for a message to staff that names nobody."""
    if isinstance(event, notify.NotifyEvent):
        about = getattr(event, "person_id", None)
        return about or (event.recipient_id if event.recipient_id != event.message_id else None)
    other: Any = event  # each of a timeline's others is keyed by its person
    return str(other.person_id)


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
            said = {} if document.get("standing") else {event.purpose: event.granted}  # until the registry tells
            return {**document, "consents": {**document["consents"], **said}}
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
    """Who they are, what is claimed of them, and who confirmed what of that."""
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
    """The details in clear, as they are shown most; but for ids on FHIR servers, which tell nobody anything."""
    shown = details.model_dump(mode="json", exclude={"cleared"})
    return shown | {"identifiers": [each for each in shown["identifiers"] if not each["system"].startswith("FHIR")]}


def _claims(document: Document, more: tuple[Claim, ...]) -> Document:
    if not more:
        return {}
    known = [stored(Claim, claim) for claim in document.get("claims", ())]
    return {"claims": [claim.model_dump(mode="json") for claim in kept(known, more)]}


def _standing(event: PersonStandingChanged) -> Document:
    """What holds for the human, as the registry told it: the same under each of their records."""
    told = event.model_dump(mode="json", include={"consents", "dead", "dead_since"})
    return {**told, "standing": event.human.version}


def _visits(visits: Document, event: Step) -> Document:
    """One visit's steps, each with its time; the newest step by time says where it stands. What is left out stays."""
    id = event.visit.visit_id
    seen = visits.get(id) or {**Visit(visit_id=id).model_dump(exclude={"number"}), "steps": {}}
    steps = dict(seen["steps"])
    if step := STEPS.get(type(event)):
        steps[step] = event.at.isoformat()
    if isinstance(event, VisitCancelled) and event.undoes in TAKEN_BACK:
        steps = {name: at for name, at in seen["steps"].items() if name != TAKEN_BACK[event.undoes]}
    said = {name: value for name, value in event.visit.said().items() if name != "number"}
    return {**visits, id: {**seen, **said, "steps": steps}}


PERSON_360 = Projection(
    collection="person_360",
    sources=("contacts", REGISTRY),
    types=(*OWN, PersonErased),
    keys=_keys_360,
    fold=_fold_360,
)


PIPELINE = ("contacts", "followup", "complaints", "notify")
ORDER = ("time", "recorded", "written", "rank", "sequence", "_id")


def _entry(before: Document | None, id: str, item: Item) -> Document | None:
    """The event as it travelled, sealed: it is opened when read, so an erased person's stays shut.

    `written` (when the log got it), `rank` and `sequence` order what was recorded in one instant: causes come first.
    """
    if before is not None or item.envelope is None:
        return before
    return {
        "person_id": person_of(item.envelope.data),
        "time": item.envelope.time,
        "recorded": item.envelope.recorded,
        "written": item.written,
        "rank": PIPELINE.index(item.topic.split(".")[1]),
        "sequence": item.envelope.sequence,
        "type": item.raw["type"],
        "event": item.raw,
    }


TIMELINE = Projection(
    collection="timeline",
    sources=PIPELINE,
    types=(*OWN, *ELSEWHERE),
    keys=lambda item: [item.envelope.id] if item.envelope and person_of(item.envelope.data) else [],
    fold=_entry,
    indexes=([("person_id", 1), *((name, 1) for name in ORDER)],),
    once=True,
)


TRACED = Traced(
    about=("person_id", "message_id", "control_id", "touchpoint_id", "input_id"),
    said=("channel", "reason", "status", "method", "control_id", "until", "purpose"),
)
PROJECTIONS = (
    ERASURES,
    APPROVALS,
    PERSON_360,
    TIMELINE,
    IDENTITIES,
    CLUSTERS,
    REVIEWS,
    ACCESS,
    ACCESS_REVIEWS,
    ACCESSES,
    HUMANS,
    *standard("contacts", TRACED, extra=(REGISTRY,), also=(topic_name("contacts", "inbox"),)),
)
