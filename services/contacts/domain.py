"""One person: what we know of them, what happened to them, what they allow."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from services.contacts.before_claims import Doubt, of_changed, of_registered, was_claimed
from services.contacts.claims import claimed, confirmed, kept
from services.contacts.commands import (
    ConfirmClaim,
    ContactsCommand,
    ForgetPerson,
    NoteStanding,
    RecordInput,
    SetConsent,
)
from services.contacts.details import Clocks, changed, news, unknown
from shared.contracts.base import Message, Part, model_of
from shared.contracts.contacts import (
    Claim,
    ClaimConfirmed,
    ConsentChanged,
    PersonDetailsChanged,
    PersonForgotten,
    PersonRegistered,
    Purpose,
    TouchpointRecorded,
    TouchpointReported,
)
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.facts import Details, Identifier
from shared.contracts.his_adapter import PatientFact
from shared.contracts.person_facts import DetailsReported, PersonFact
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

FACTS: dict[str, type[PersonFact]] = {model.__name__: model for model in PersonFact.__subclasses__()}
REMEMBERED = 500
OWN = {"at", "patient", "patient_key"}


class Person(Part):
    """`details` are what the hospital says or staff confirmed, `claims` what callers and forms say.

    `clocks` are when each of the details was said last (`Clocks`): an older word does not overwrite a newer one.
    `mistaken` are details that were told, and were only claimed (`before_claims`): the next event takes them back.
    `consents` is what was said under this record, `standing` what the registry makes of all records of the human.
    """

    registered: bool = False
    details: Details = Details()
    clocks: str = ""
    claims: tuple[Claim, ...] = ()
    doubt: Doubt | None = None
    mistaken: tuple[str, ...] = ()
    consents: dict[Purpose, bool] = {}
    standing: PersonStandingChanged | None = None
    touchpoints: tuple[str, ...] = ()
    forgotten: bool = False


PersonEvent = (
    PersonRegistered
    | PersonDetailsChanged
    | ClaimConfirmed
    | PersonForgotten
    | TouchpointRecorded
    | ConsentChanged
    | PersonStandingChanged
    | PersonFact
)


def decide(command: ContactsCommand, person: Person, definitions: Definitions) -> Sequence[PersonEvent] | Rejection:
    """Inputs become facts and claims of this person; a consent or a confirmation is told once."""
    match command:
        case RecordInput():
            return _record(command, person)
        case NoteStanding():
            if person.standing and command.human.version <= person.standing.human.version:
                return []
            return [PersonStandingChanged(**command.model_dump(exclude={"id"}))]
        case SetConsent():
            return _consent(command, person)
        case ConfirmClaim():
            return _confirm(command, person)
        case ForgetPerson():
            return [] if person.forgotten else [PersonForgotten(at=command.at, person_id=command.person_id)]
        case _:
            assert_never(command)


def _consent(command: SetConsent, person: Person) -> Sequence[ConsentChanged] | Rejection:
    """A word that changes nothing is not told again, unless another record of the human says otherwise."""
    if not person.registered:
        return Rejection("person-unknown", f"there is no person {command.person_id}")
    effective = person.standing.consents if person.standing else {}
    if person.consents.get(command.purpose) is command.granted is effective.get(command.purpose, command.granted):
        return []
    return [ConsentChanged(**command.model_dump(exclude={"id"}))]


def _record(command: RecordInput, person: Person) -> Sequence[PersonEvent] | Rejection:
    model = model_of(command.input_type)
    if command.input is None or model is None:
        return Rejection("input-unreadable", f"the {command.input_type} of this person was erased or is unknown")
    message: Message = model.model_validate({**command.input, "at": command.at})
    match message:
        case PatientFact():
            return _fact(command, person, message)
        case TouchpointReported() if message.touchpoint_id in person.touchpoints:
            return []
        case TouchpointReported():
            told, _ = _details(command, person, Details(), message.at)
            return [*told, _touchpoint(command, person, message)]
        case _:
            return Rejection("input-foreign", f"{command.input_type} is not about a person")


def _details(
    command: RecordInput, person: Person, told: Details, said: datetime
) -> tuple[list[PersonEvent], tuple[str, ...]]:
    """What an input changes of who somebody is, and what it only says again."""
    if not person.registered:
        when = None if said == command.at else said
        return [PersonRegistered(at=command.at, person_id=command.person_id, details=told, said=when)], ()
    if person.forgotten:
        return [], ()
    words, restated = news(person.details, Clocks(person.clocks), told, said)
    added = unknown(person.details, told.identifiers)
    if not words and not added and not person.mistaken:
        return [], restated
    return [_changed(command.person_id, person, words, said, restated, added)], ()


def _changed(
    person_id: str,
    person: Person,
    words: Mapping[str, Any],
    said: datetime,
    restated: tuple[str, ...] = (),
    added: tuple[Identifier, ...] = (),
) -> PersonDetailsChanged:
    """The whole of the details after `words`, and what was mistaken for a detail taken back."""
    return PersonDetailsChanged(
        at=max(said, Clocks(person.clocks).newest or said),
        person_id=person_id,
        details=changed(person.details, words, (*person.details.identifiers, *added)),
        changed=(*sorted({*words, *person.mistaken}), *(["identifiers"] if added else [])),
        restated=restated,
        claims=person.claims if person.mistaken else (),
        said=said,
    )


def _confirm(c: ConfirmClaim, person: Person) -> Sequence[PersonEvent] | Rejection:
    claim = next((each for each in person.claims if each.claim_id == c.claim_id), None)
    if claim is None:
        return Rejection("claim-unknown", f"nobody claimed {c.claim_id} of this person, or said otherwise since")
    if confirmed(claim, person.details.said()):
        return []
    word = (*(person.details.phones or ()), claim.value) if claim.field == "phones" else claim.value
    said = max(c.at, Clocks(person.clocks).newest or c.at)
    done = {"claim_id": claim.claim_id, "field": claim.field, "confirmed_by": c.confirmed_by}
    return [
        _changed(c.person_id, person, {claim.field: word}, said),
        ClaimConfirmed.model_validate({"at": c.at, "person_id": c.person_id, **done}),
    ]


def _fact(command: RecordInput, person: Person, fact: PatientFact) -> list[PersonEvent]:
    """The fact, now of a person; where it tells details alone, what they change is told, or that they still hold."""
    told, restated = _details(command, person, fact.patient, fact.said)
    model = FACTS.get(type(fact).__name__) or (DetailsReported if restated else None)
    if model is None:
        return told
    data = fact.model_dump(exclude=OWN) | {"person_id": command.person_id, "source_key": fact.patient_key}
    when = fact.said if restated and fact.said != fact.at else None
    more = {"at": fact.at, "human": command.human, "restated": restated, "said": when}
    return [*told, model.model_validate({**data, **more})]


def _touchpoint(command: RecordInput, person: Person, touch: TouchpointReported) -> TouchpointRecorded:
    said = () if person.forgotten else claimed(command.person_id, touch)
    data = touch.model_dump(exclude={"identifiers", "name"})
    return TouchpointRecorded.model_validate({**data, "person_id": command.person_id, "claims": said})


def evolve(person: Person, event: PersonEvent) -> Person:
    """What of it decides later."""
    doubt, person = person.doubt, person.model_copy(update={"doubt": None}) if person.doubt else person
    match event:
        case PersonRegistered():
            clocks = Clocks("").moved(event.details.said(), event.said or event.at)
            news = {"details": event.details, "clocks": clocks, "doubt": of_registered(event)}
            return person.model_copy(update={"registered": True, **news})
        case PersonDetailsChanged():
            return _learned(person, event)
        case PersonForgotten():
            nothing = {"details": Details(), "claims": (), "mistaken": ()}
            return person.model_copy(update={"forgotten": True, **nothing})
        case TouchpointRecorded():
            seen = (*person.touchpoints, event.touchpoint_id)[-REMEMBERED:]
            return _touched(person, doubt, event).model_copy(update={"touchpoints": seen})
        case PersonStandingChanged():
            return person.model_copy(update={"standing": event})
        case ConsentChanged():
            return person.model_copy(update={"consents": {**person.consents, event.purpose: event.granted}})
        case PersonFact():
            if not event.restated:
                return person
            clocks = Clocks(person.clocks).moved(event.restated, event.said or event.at)
            return person.model_copy(update={"clocks": clocks})
        case ClaimConfirmed():
            return person
        case _:
            assert_never(event)


def _learned(person: Person, event: PersonDetailsChanged) -> Person:
    """With what changed. What is taken back was never said, so its clock stays where it was."""
    said = event.details.said()
    words = {name: said.get(name) for name in Details.FIELDS if name in event.changed}
    spoken = [name for name, word in words.items() if word is not None or name not in person.mistaken]
    news = {
        "details": changed(person.details, words, event.details.identifiers),
        "clocks": Clocks(person.clocks).moved((*spoken, *event.restated), event.said or event.at),
        "claims": kept(person.claims, event.claims),
        "doubt": of_changed(event, person.details, person.clocks),
        "mistaken": (),
    }
    return person.model_copy(update=news)


def _touched(person: Person, doubt: Doubt | None, event: TouchpointRecorded) -> Person:
    """With what they claimed, in this event or, of before there were claims, in the one before it."""
    before = was_claimed(doubt, person.details, event)
    news: dict[str, Any] = {"claims": kept(person.claims, (*event.claims, *before))}
    if doubt and before:
        details = changed(person.details, dict.fromkeys(doubt.fields), person.details.identifiers)
        news |= {"details": details, "clocks": doubt.clocks, "mistaken": (*person.mistaken, *doubt.fields)}
    return person.model_copy(update=news)


DECIDER = Decider(
    service="contacts",
    initial=Person,
    decide=decide,
    evolve=evolve,
    state=Person,
    state_version=2,
    remembered=512,
)
