"""One person: what we know of them, what happened to them, what they allow."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from services.contacts.access_commands import BreakGlass, EndRelations, NoteRelation, ReviewAccess
from services.contacts.before_claims import Doubt, of_changed, of_registered, was_claimed
from services.contacts.claims import claimed, confirmed, kept
from services.contacts.commands import (
    ConfirmClaim,
    ContactsCommand,
    ForgetPerson,
    NoteStanding,
    RecordInput,
    SetConsent,
    TakeBackClaims,
)
from services.contacts.details import Clocks, news, said_anew, unknown
from services.contacts.heard import Recorded, alike, digest, hearing, recorded, touchpoint
from services.contacts.relations import AccessEvent, access, accessed
from services.contacts.state import Person
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
    """Inputs become facts and claims of this person; a consent or a confirmation is told once."""
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
            return access(command, person)
        case _:
            assert_never(command)


def _consent(command: SetConsent, person: Person) -> Sequence[ConsentChanged] | Rejection:
    """A word that changes nothing is not told again, unless another record of the human says otherwise."""
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
    told, _ = _details(command, person, Details(), message.at)
    return [*told, _touchpoint(command, person, message)]


def _input(command: RecordInput) -> str:
    """What an input is known by; a command on its way of before inputs were named is its own."""
    return command.input_id or command.id


def _details(
    command: RecordInput, person: Person, told: Details, said: datetime
) -> tuple[list[PersonEvent], tuple[str, ...]]:
    """What an input changes of who somebody is, and what it only says again."""
    if not person.registered:
        when = None if said == command.at else said
        registered = PersonRegistered(
            at=command.at, person_id=command.person_id, details=told, said=when, input_id=_input(command)
        )
        return [registered], ()
    if person.forgotten:
        return [], ()
    words, restated = news(person.details, Clocks(person.clocks), told, said)
    added = unknown(person.details, told.identifiers)[: max(0, MANY - len(person.details.identifiers))]
    if not words and not added and not person.mistaken:
        return [], restated
    return [_changed(command.person_id, person, words, said, restated, added, _input(command))], ()


def _changed(
    person_id: str,
    person: Person,
    words: Mapping[str, Any],
    said: datetime,
    restated: tuple[str, ...] = (),
    added: tuple[Identifier, ...] = (),
    input_id: str = "",
) -> PersonDetailsChanged:
    """The whole of the details after `words`, and what was mistaken for a detail taken back."""
    return PersonDetailsChanged(
        at=max(said, person.details_at or said),
        person_id=person_id,
        details=said_anew(person.details, words, (*person.details.identifiers, *added)),
        changed=(*sorted({*words, *person.mistaken}), *(["identifiers"] if added else [])),
        restated=restated,
        claims=person.claims if person.mistaken else (),
        said=said,
        input_id=input_id,
    )


def _confirm(c: ConfirmClaim, person: Person) -> Sequence[PersonEvent] | Rejection:
    if not person.registered or person.forgotten:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    claim = next((each for each in person.claims if each.claim_id == c.claim_id), None)
    if claim is None:
        return Rejection("claim-unknown", f"nobody claimed {c.claim_id} of this person, or said otherwise since")
    if confirmed(claim, person.details.said()):
        return []
    word = (*(person.details.phones or ()), claim.value) if claim.field == "phones" else claim.value
    said = max(c.at, Clocks(person.clocks).newest or c.at)
    confirmation = ClaimConfirmed(
        at=c.at, person_id=c.person_id, claim_id=claim.claim_id, field=claim.field, confirmed_by=c.confirmed_by
    )
    return [_changed(c.person_id, person, {claim.field: word}, said), confirmation]


def _fact(command: RecordInput, person: Person, fact: PatientFact) -> list[PersonEvent]:
    """The fact, now of a person; where it tells details alone, what they change is told, or that they still hold."""
    told, restated = _details(command, person, fact.patient, fact.said)
    model = FACTS.get(type(fact).__name__) or (DetailsReported if restated else None)
    if model is None:
        return told
    when = fact.said if restated and fact.said != fact.at else None
    mine = narrowed(
        model,
        fact,
        person_id=command.person_id,
        source_key=fact.patient_key,
        input_id=_input(command),
        human=command.human,
        restated=restated,
        said=when,
    )
    return [] if person.unnamed and person.knows(alike(mine)) else [*told, mine]


def _touchpoint(command: RecordInput, person: Person, touch: TouchpointReported) -> TouchpointRecorded:
    said = () if person.forgotten else claimed(command.person_id, touch)
    leave = ("identifiers", "name")
    return retold(TouchpointRecorded, touch, leave=leave, person_id=command.person_id, claims=said)


def evolve(person: Person, event: PersonEvent) -> Person:
    """What of it decides later."""
    doubt, person = person.doubt, changed(person, doubt=None) if person.doubt else person
    match event:
        case PersonRegistered():
            return _met(person, event)
        case PersonDetailsChanged():
            return _learned(person, event)
        case PersonForgotten():
            return changed(person, forgotten=True, details=Details(), claims=(), mistaken=())
        case TouchpointRecorded():
            return _touched(person, doubt, event)
        case PersonStandingChanged():
            return changed(person, standing=event)
        case ConsentChanged():
            return changed(person, consents={**person.consents, event.purpose: event.granted})
        case PersonFact():
            clocks = person.clocks
            if event.restated:
                clocks = Clocks(clocks).moved(event.restated, event.said or event.at)
            person = _heard(person, event)
            return changed(person, clocks=clocks, unnamed=person.unnamed or not event.input_id)
        case ClaimConfirmed():
            return person
        case RelationBegan() | RelationEnded() | GlassBroken() | AccessReviewed():
            return accessed(person, event)
        case _:
            assert_never(event)


def _heard(person: Person, event: Recorded) -> Person:
    if not (more := recorded(event)):
        return person
    heard, heard_more = hearing(person.heard, person.heard_more, more)
    return changed(person, heard=heard, heard_more=heard_more)


def _met(person: Person, event: PersonRegistered) -> Person:
    said = event.said or event.at
    return changed(
        _heard(person, event),
        registered=True,
        details=event.details,
        details_at=said,
        clocks=Clocks().moved(event.details.said(), said),
        doubt=of_registered(event),
    )


def _learned(person: Person, event: PersonDetailsChanged) -> Person:
    """With what changed. What is taken back was never said, so its clock stays where it was."""
    said = event.details.said()
    words = {name: said.get(name) for name in Details.FIELDS if name in event.changed}
    spoken = [name for name, word in words.items() if word is not None or name not in person.mistaken]
    return changed(
        _heard(person, event),
        details=said_anew(person.details, words, event.details.identifiers),
        details_at=event.at,
        clocks=Clocks(person.clocks).moved((*spoken, *event.restated), event.said or event.at),
        claims=kept(person.claims, event.claims),
        doubt=of_changed(event, person.details, person.details_at, person.clocks),
        mistaken=(),
    )


def _touched(person: Person, doubt: Doubt | None, event: TouchpointRecorded) -> Person:
    """With what they claimed, in this event or, of before there were claims, in the one before it."""
    before = was_claimed(doubt, person.details, event)
    person = changed(_heard(person, event), claims=kept(person.claims, (*event.claims, *before)))
    if doubt is None or not before:
        return person
    details = said_anew(person.details, dict.fromkeys(doubt.fields), person.details.identifiers)
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
