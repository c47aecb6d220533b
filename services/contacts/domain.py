"""One person: what we know of them, what happened to them, what they allow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never

from services.contacts.commands import ContactsCommand, ForgetPerson, NoteStanding, RecordInput, SetConsent
from shared.contracts.base import Event, Message, Part, model_of
from shared.contracts.contacts import (
    ConsentChanged,
    PersonDetailsChanged,
    PersonForgotten,
    PersonRegistered,
    PersonStandingChanged,
    Purpose,
    TouchpointRecorded,
    TouchpointReported,
)
from shared.contracts.facts import Details
from shared.contracts.his_adapter import PatientFact
from shared.contracts.person_facts import PersonFact
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

FACTS: dict[str, type[PersonFact]] = {model.__name__: model for model in PersonFact.__subclasses__()}
REMEMBERED = 500
OWN = {"at", "patient", "patient_key"}
FIELDS = ("name", "birth_date", "sex", "phones", "email", "address", "language")


class Person(Part):
    """`details_at` is when the hospital last told us who they are; older news does not overwrite it.

    `consents` is what was said under this record, `standing` what the registry makes of all records of the human.
    """

    registered: bool = False
    details: Details = Details()
    details_at: datetime | None = None
    consents: dict[Purpose, bool] = {}
    standing: PersonStandingChanged | None = None
    touchpoints: tuple[str, ...] = ()
    forgotten: bool = False


def decide(command: ContactsCommand, person: Person, definitions: Definitions) -> Sequence[Event] | Rejection:
    """Inputs become facts of this person; a consent is told once."""
    match command:
        case RecordInput():
            return _record(command, person)
        case NoteStanding():
            if person.standing and command.human.version <= person.standing.human.version:
                return []
            return [PersonStandingChanged(**command.model_dump(exclude={"id"}))]
        case SetConsent():
            return _consent(command, person)
        case ForgetPerson():
            return [] if person.forgotten else [PersonForgotten(at=command.at, person_id=command.person_id)]
        case _:
            assert_never(command)


def _consent(command: SetConsent, person: Person) -> Sequence[Event] | Rejection:
    """A word that changes nothing is not told again, unless another record of the human says otherwise."""
    if not person.registered:
        return Rejection("person-unknown", f"there is no person {command.person_id}")
    effective = person.standing.consents if person.standing else {}
    if person.consents.get(command.purpose) is command.granted is effective.get(command.purpose, command.granted):
        return []
    return [ConsentChanged(**command.model_dump(exclude={"id"}))]


def _record(command: RecordInput, person: Person) -> Sequence[Event] | Rejection:
    model = model_of(command.input_type)
    if command.input is None or model is None:
        return Rejection("input-unreadable", f"the {command.input_type} of this person was erased or is unknown")
    message: Message = model.model_validate({**command.input, "at": command.at})
    match message:
        case PatientFact():
            return [*_details(command, person, message.patient), *_fact(command, message)]
        case TouchpointReported() if message.touchpoint_id in person.touchpoints:
            return []
        case TouchpointReported():
            return [*_details(command, person, _gaps(person, _told(message))), _touchpoint(command, message)]
        case _:
            return Rejection("input-foreign", f"{command.input_type} is not about a person")


def _told(message: TouchpointReported) -> Details:
    phones = tuple(k.value for k in message.identifiers if k.system == "phone" and k.value)
    emails = [k.value for k in message.identifiers if k.system == "email" and k.value]
    return Details(name=message.name, phones=phones or None, email=emails[0] if emails else None)


def _gaps(person: Person, told: Details) -> Details:
    """A touchpoint fills in what we do not know; what the hospital told us it does not overwrite."""
    known = person.details if person.registered else Details()
    return told.model_copy(update={name: None for name in FIELDS if getattr(known, name) is not None})


def _details(command: RecordInput, person: Person, told: Details) -> list[Event]:
    """Registered the first time; afterwards only what is news and not older than what we know."""
    if not person.registered:
        return [PersonRegistered(at=command.at, person_id=command.person_id, details=told)]
    if person.forgotten or (person.details_at and command.at < person.details_at):
        return []
    known = person.details
    news: dict[str, Any] = {name: None for name in told.cleared if getattr(known, name) is not None}
    for name in FIELDS:
        value = getattr(told, name)
        if value is not None and value != getattr(known, name):
            news[name] = value
    added = tuple(new for new in told.identifiers if new.key not in {old.key for old in known.identifiers})
    if not news and not added:
        return []
    details = known.model_copy(update={**news, "identifiers": (*known.identifiers, *added)})
    changed = (*sorted(news), *(["identifiers"] if added else []))
    at = max(command.at, person.details_at) if person.details_at else command.at
    return [PersonDetailsChanged(at=at, person_id=command.person_id, details=details, changed=changed)]


def _fact(command: RecordInput, fact: PatientFact) -> list[Event]:
    model = FACTS.get(type(fact).__name__)
    if model is None:  # details alone: told by PersonDetailsChanged
        return []
    data = fact.model_dump(exclude=OWN)
    return [
        model.model_validate(
            {
                **data,
                "at": fact.at,
                "person_id": command.person_id,
                "source_key": fact.patient_key,
                "human": command.human,
            }
        )
    ]


def _touchpoint(command: RecordInput, touch: TouchpointReported) -> TouchpointRecorded:
    data = touch.model_dump(exclude={"identifiers", "name"})
    return TouchpointRecorded.model_validate({**data, "person_id": command.person_id})


def evolve(person: Person, event: Event) -> Person:
    """What of it decides later."""
    match event:
        case PersonRegistered():
            return person.model_copy(update={"registered": True, "details": event.details, "details_at": event.at})
        case PersonDetailsChanged():
            return person.model_copy(update={"details": event.details, "details_at": event.at})
        case PersonForgotten():
            return person.model_copy(update={"forgotten": True, "details": Details()})
        case TouchpointRecorded():
            seen = (*person.touchpoints, event.touchpoint_id)[-REMEMBERED:]
            return person.model_copy(update={"touchpoints": seen})
        case PersonStandingChanged():
            return person.model_copy(update={"standing": event})
        case ConsentChanged():
            return person.model_copy(update={"consents": {**person.consents, event.purpose: event.granted}})
        case _:
            return person


DECIDER = Decider(service="contacts", initial=Person, decide=decide, evolve=evolve, state=Person, remembered=512)
