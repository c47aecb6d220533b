"""One person: what we know of them, what happened to them, what they allow."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.contacts.commands import ContactsCommand, ForgetPerson, NoteStanding, RecordInput, SetConsent
from services.contacts.details import Clocks, changed, news, unknown
from shared.contracts.base import Message, Part, model_of
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
from shared.contracts.person_facts import DetailsReported, PersonFact
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

FACTS: dict[str, type[PersonFact]] = {model.__name__: model for model in PersonFact.__subclasses__()}
REMEMBERED = 500
OWN = {"at", "patient", "patient_key"}


class Person(Part):
    """`clocks` are when each of the details was said last (`Clocks`): an older word does not overwrite a newer one.

    `consents` is what was said under this record, `standing` what the registry makes of all records of the human.
    """

    registered: bool = False
    details: Details = Details()
    clocks: str = ""
    consents: dict[Purpose, bool] = {}
    standing: PersonStandingChanged | None = None
    touchpoints: tuple[str, ...] = ()
    forgotten: bool = False


PersonEvent = (
    PersonRegistered
    | PersonDetailsChanged
    | PersonForgotten
    | TouchpointRecorded
    | ConsentChanged
    | PersonStandingChanged
    | PersonFact
)


def decide(command: ContactsCommand, person: Person, definitions: Definitions) -> Sequence[PersonEvent] | Rejection:
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
            told, _ = _details(command, person, _gaps(person, _told(message)), message.at)
            return [*told, _touchpoint(command, message)]
        case _:
            return Rejection("input-foreign", f"{command.input_type} is not about a person")


def _told(message: TouchpointReported) -> Details:
    phones = tuple(k.value for k in message.identifiers if k.system == "phone" and k.value)
    emails = [k.value for k in message.identifiers if k.system == "email" and k.value]
    return Details(name=message.name, phones=phones or None, email=emails[0] if emails else None)


def _gaps(person: Person, told: Details) -> Details:
    """A touchpoint fills in what we do not know; what the hospital told us it does not overwrite."""
    return told.model_copy(update=dict.fromkeys(person.details.said()))


def _details(
    command: RecordInput, person: Person, told: Details, said: datetime
) -> tuple[list[PersonEvent], tuple[str, ...]]:
    """What an input changes of who somebody is, and what it only says again."""
    if not person.registered:
        when = None if said == command.at else said
        return [PersonRegistered(at=command.at, person_id=command.person_id, details=told, said=when)], ()
    if person.forgotten:
        return [], ()
    clocks = Clocks(person.clocks)
    changes, restated = news(person.details, clocks, told, said)
    added = unknown(person.details, told.identifiers)
    if not changes and not added:
        return [], restated
    event = PersonDetailsChanged(
        at=max(said, clocks.newest or said),
        person_id=command.person_id,
        details=changed(person.details, changes, (*person.details.identifiers, *added)),
        changed=(*sorted(changes), *(["identifiers"] if added else [])),
        restated=restated,
        said=said,
    )
    return [event], ()


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


def _touchpoint(command: RecordInput, touch: TouchpointReported) -> TouchpointRecorded:
    data = touch.model_dump(exclude={"identifiers", "name"})
    return TouchpointRecorded.model_validate({**data, "person_id": command.person_id})


def evolve(person: Person, event: PersonEvent) -> Person:
    """What of it decides later."""
    match event:
        case PersonRegistered():
            clocks = Clocks("").moved(event.details.said(), event.said or event.at)
            return person.model_copy(update={"registered": True, "details": event.details, "clocks": clocks})
        case PersonDetailsChanged():
            clocks = Clocks(person.clocks).moved((*event.changed, *event.restated), event.said or event.at)
            said = event.details.said()
            words = {name: said.get(name) for name in Details.FIELDS if name in event.changed}
            details = changed(person.details, words, event.details.identifiers)
            return person.model_copy(update={"details": details, "clocks": clocks})
        case PersonForgotten():
            return person.model_copy(update={"forgotten": True, "details": Details()})
        case TouchpointRecorded():
            seen = (*person.touchpoints, event.touchpoint_id)[-REMEMBERED:]
            return person.model_copy(update={"touchpoints": seen})
        case PersonStandingChanged():
            return person.model_copy(update={"standing": event})
        case ConsentChanged():
            return person.model_copy(update={"consents": {**person.consents, event.purpose: event.granted}})
        case PersonFact():
            if not event.restated:
                return person
            clocks = Clocks(person.clocks).moved(event.restated, event.said or event.at)
            return person.model_copy(update={"clocks": clocks})
        case _:
            assert_never(event)


DECIDER = Decider(
    service="contacts",
    initial=Person,
    decide=decide,
    evolve=evolve,
    state=Person,
    state_version=2,
    remembered=512,
)
