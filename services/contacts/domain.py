"""The aggregate of one person record: details, claims, facts, touchpoints, consents, relations of staff. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from services.contacts.access.commands import BreakGlass, EndRelations, NoteRelation, ReviewAccess
from services.contacts.access.domain import AccessEvent, decide_access, evolve_access
from services.contacts.commands import (
    ConfirmClaim,
    ContactsCommand,
    ForgetPerson,
    NoteStanding,
    RecordInput,
    SetConsent,
    TakeBackClaims,
)
from services.contacts.identifying.input_digests import Recorded, add_digest, alike, digest, recorded, touchpoint
from services.contacts.person.before_claims import Doubt, of_changed, of_registered, was_claimed
from services.contacts.person.claims import claimed, confirmed, kept
from services.contacts.person.details import Clocks, changes, new_identifiers, with_values
from services.contacts.person.state import Person
from shared.contracts.base import changed, model_of, narrowed, retold, stored
from shared.contracts.bounds import MANY
from shared.contracts.contacts import (
    ClaimConfirmed,
    ConsentChanged,
    PersonDetailsChanged,
    PersonForgotten,
    PersonRegistered,
    TouchpointRecorded,
    TouchpointReported,
)
from shared.contracts.contacts_access import AccessReviewed, GlassBroken, RelationBegan, RelationEnded
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.facts import Details, Identifier
from shared.contracts.his_adapter import PatientFact
from shared.contracts.person_facts import DetailsReported, PersonFact
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

FACTS: dict[str, type[PersonFact]] = {model.__name__: model for model in PersonFact.__subclasses__()}


PersonEvent = (
    PersonRegistered
    | PersonDetailsChanged
    | ClaimConfirmed
    | PersonForgotten
    | TouchpointRecorded
    | ConsentChanged
    | PersonStandingChanged
    | PersonFact
    | AccessEvent
)


def decide(command: ContactsCommand, person: Person, definitions: Definitions) -> Sequence[PersonEvent] | Rejection:
    """Turn inputs into facts, details and claims of the person. Repeated inputs, consents and confirmations: no event.

    Rejects with `person-unknown`, `input-unreadable`, `input-foreign`, `claim-unknown` and those of `decide_access`.
    """
    match command:
        case RecordInput():
            return _record(command, person)
        case NoteStanding():
            if person.standing and command.human.version <= person.standing.human.version:
                return []
            return [retold(PersonStandingChanged, command)]
        case SetConsent():
            return _consent(command, person)
        case ConfirmClaim():
            return _confirm(command, person)
        case TakeBackClaims():
            return [_changed(command.person_id, person, {}, command.at)] if person.mistaken else []
        case ForgetPerson():
            return [] if person.forgotten else [PersonForgotten(at=command.at, person_id=command.person_id)]
        case NoteRelation() | EndRelations() | BreakGlass() | ReviewAccess():
            return decide_access(command, person, definitions)
        case _:
            assert_never(command)


def _consent(command: SetConsent, person: Person) -> Sequence[ConsentChanged] | Rejection:
    """No event if this record and the effective consent of all records of the human have the value already."""
    if not person.registered or person.forgotten:
        return Rejection("person-unknown", f"there is no person {command.person_id}")
    effective = person.standing.consents if person.standing else {}
    if person.consents.get(command.purpose) is command.granted is effective.get(command.purpose, command.granted):
        return []
    return [retold(ConsentChanged, command)]


def _record(command: RecordInput, person: Person) -> Sequence[PersonEvent] | Rejection:
    model = model_of(command.input_type)
    if command.input is None or model is None:
        return Rejection("input-unreadable", f"the {command.input_type} of this person was erased or is unknown")
    message = stored(model, {**command.input, "at": command.at})
    if isinstance(message, PatientFact):
        return [] if person.knows(digest(_input(command))) else _fact(command, person, message)
    if not isinstance(message, TouchpointReported):
        return Rejection("input-foreign", f"{command.input_type} is not about a person")
    if person.knows(touchpoint(message.touchpoint_id)):
        return []
    details_events, _ = _details(command, person, Details(), message.at)
    return [*details_events, _touchpoint(command, person, message)]


def _input(command: RecordInput) -> str:
    """The id of the input; the command's id in commands of versions that had no input ids."""
    return command.input_id or command.id


def _details(
    command: RecordInput, person: Person, details: Details, stated_at: datetime
) -> tuple[list[PersonEvent], tuple[str, ...]]:
    """The event for changed details, if any, and the names of fields that were only repeated with a newer time."""
    if not person.registered:
        registered = PersonRegistered(
            at=command.at,
            person_id=command.person_id,
            details=details,
            stated_at=None if stated_at == command.at else stated_at,
            input_id=_input(command),
        )
        return [registered], ()
    if person.forgotten:
        return [], ()
    values, restated = changes(person.details, Clocks(person.clocks), details, stated_at)
    added = new_identifiers(person.details, details.identifiers)[: max(0, MANY - len(person.details.identifiers))]
    if not values and not added and not person.mistaken:
        return [], restated
    return [_changed(command.person_id, person, values, stated_at, restated, added, _input(command))], ()


def _changed(
    person_id: str,
    person: Person,
    values: Mapping[str, Any],
    stated_at: datetime,
    restated: tuple[str, ...] = (),
    added: tuple[Identifier, ...] = (),
    input_id: str = "",
) -> PersonDetailsChanged:
    """The event with all details after setting `values` (field → value); it also removes the `mistaken` details."""
    return PersonDetailsChanged(
        at=max(stated_at, person.details_at or stated_at),
        person_id=person_id,
        details=with_values(person.details, values, (*person.details.identifiers, *added)),
        changed=(*sorted({*values, *person.mistaken}), *(["identifiers"] if added else [])),
        restated=restated,
        claims=person.claims if person.mistaken else (),
        stated_at=stated_at,
        input_id=input_id,
    )


def _confirm(c: ConfirmClaim, person: Person) -> Sequence[PersonEvent] | Rejection:
    if not person.registered or person.forgotten:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    claim = next((claim for claim in person.claims if claim.claim_id == c.claim_id), None)
    if claim is None:
        return Rejection("claim-unknown", f"nobody claimed {c.claim_id} of this person, or said otherwise since")
    if confirmed(claim, person.details.stated_fields()):
        return []
    value = (*(person.details.phones or ()), claim.value) if claim.field == "phones" else claim.value
    stated_at = max(c.at, Clocks(person.clocks).newest or c.at)
    confirmation = ClaimConfirmed(
        at=c.at, person_id=c.person_id, claim_id=claim.claim_id, field=claim.field, confirmed_by=c.confirmed_by
    )
    return [_changed(c.person_id, person, {claim.field: value}, stated_at), confirmation]


def _fact(command: RecordInput, person: Person, fact: PatientFact) -> list[PersonEvent]:
    """The events of a fact: changed details, and the fact keyed by person id.

    A fact that only has details yields `DetailsReported` if it repeats current values with a newer time.
    """
    details_events, restated = _details(command, person, fact.patient, fact.stated_at)
    model = FACTS.get(type(fact).__name__) or (DetailsReported if restated else None)
    if model is None:
        return details_events
    person_fact = narrowed(
        model,
        fact,
        person_id=command.person_id,
        source_key=fact.patient_key,
        input_id=_input(command),
        human=command.human,
        restated=restated,
        stated_at=fact.stated_at if restated and fact.stated_at != fact.at else None,
    )
    return [] if person.unnamed and person.knows(alike(person_fact)) else [*details_events, person_fact]


def _touchpoint(command: RecordInput, person: Person, touch: TouchpointReported) -> TouchpointRecorded:
    claims = () if person.forgotten else claimed(command.person_id, touch)
    leave = ("identifiers", "name")
    return retold(TouchpointRecorded, touch, leave=leave, person_id=command.person_id, claims=claims)


def evolve(person: Person, event: PersonEvent) -> Person:
    """Apply an event to the state that `decide` reads."""
    doubt, person = person.doubt, changed(person, doubt=None) if person.doubt else person
    match event:
        case PersonRegistered():
            return _with_registration(person, event)
        case PersonDetailsChanged():
            return _with_details(person, event)
        case PersonForgotten():
            return changed(person, forgotten=True, details=Details(), claims=(), mistaken=())
        case TouchpointRecorded():
            return _with_touchpoint(person, doubt, event)
        case PersonStandingChanged():
            return changed(person, standing=event)
        case ConsentChanged():
            return changed(person, consents={**person.consents, event.purpose: event.granted})
        case PersonFact():
            clocks = person.clocks
            if event.restated:
                clocks = Clocks(clocks).moved(event.restated, event.stated_at or event.at)
            person = _with_input(person, event)
            return changed(person, clocks=clocks, unnamed=person.unnamed or not event.input_id)
        case ClaimConfirmed():
            return person
        case RelationBegan() | RelationEnded() | GlassBroken() | AccessReviewed():
            return evolve_access(person, event)
        case _:
            assert_never(event)


def _with_input(person: Person, event: Recorded) -> Person:
    """Remember the digest of the event's input."""
    if not (digest_of_input := recorded(event)):
        return person
    whole, divided = add_digest(person.heard, person.heard_more, digest_of_input)
    return changed(person, heard=whole, heard_more=divided)


def _with_registration(person: Person, event: PersonRegistered) -> Person:
    stated_at = event.stated_at or event.at
    return changed(
        _with_input(person, event),
        registered=True,
        details=event.details,
        details_at=stated_at,
        clocks=Clocks().moved(event.details.stated_fields(), stated_at),
        doubt=of_registered(event),
    )


def _with_details(person: Person, event: PersonDetailsChanged) -> Person:
    """Set the changed details. Removing a mistaken detail does not move its clock, as no source said so."""
    details = event.details.stated_fields()
    values = {name: details.get(name) for name in Details.FIELDS if name in event.changed}
    stated = [name for name, value in values.items() if value is not None or name not in person.mistaken]
    return changed(
        _with_input(person, event),
        details=with_values(person.details, values, event.details.identifiers),
        details_at=event.at,
        clocks=Clocks(person.clocks).moved((*stated, *event.restated), event.stated_at or event.at),
        claims=kept(person.claims, event.claims),
        doubt=of_changed(event, person.details, person.details_at, person.clocks),
        mistaken=(),
    )


def _with_touchpoint(person: Person, doubt: Doubt | None, event: TouchpointRecorded) -> Person:
    """Add the touchpoint's claims; in older logs the details event before it has them (`before_claims.py`)."""
    older_claims = was_claimed(doubt, person.details, event)
    person = changed(_with_input(person, event), claims=kept(person.claims, (*event.claims, *older_claims)))
    if doubt is None or not older_claims:
        return person
    details = with_values(person.details, dict.fromkeys(doubt.fields), person.details.identifiers)
    return changed(person, details=details, clocks=doubt.clocks, mistaken=(*person.mistaken, *doubt.fields))


DECIDER = Decider(
    name="contacts",
    initial=Person,
    decide=decide,
    evolve=evolve,
    state=Person,
    state_version=3,
    remembered=512,
)
