"""Person-bearing inputs → the registry; its answers → the person."""

from collections.abc import Iterable
from typing import Any, assert_never

from services.contacts.commands import (
    ForgetPerson,
    NoteConsent,
    NoteDeath,
    NoteStanding,
    RecordInput,
    ResolveIdentity,
)
from shared.contracts.base import Command, Message
from shared.contracts.contacts import (
    ConsentChanged,
    IdentityResolved,
    PersonErased,
    StandingChanged,
    TouchpointReported,
)
from shared.contracts.facts import Details
from shared.contracts.his_adapter import PatientFact, PatientsLinked, PatientsUnlinked
from shared.contracts.person_facts import DeathTakenBack, PatientDied
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive, identifier_key
from shared.policy import Policy, Refused, caused

WEAK = ("phone", "email")
REGISTRY = "contacts-registry"


def resolve_facts(site_key: bytes) -> Policy:
    """Every fact of a hospital system asks the registry who it is about."""

    def react(fact: Envelope[PatientFact], definitions: Definitions) -> list[Command]:
        told = fact.data
        others = {other.key for other in told.others} if isinstance(told, PatientsLinked | PatientsUnlinked) else set()
        strong = [known.key for known in told.patient.identifiers if known.key not in others]
        asked = _asking(site_key, told, fact.id, caused(fact, "resolve"), strong, told.patient, told.message_id)
        if isinstance(told, PatientsLinked):
            return [asked.model_copy(update={"same": tuple(sorted(others)), "aliases": told.aliases})]
        return [asked.model_copy(update={"apart": tuple(sorted(others))}) if others else asked]

    return Policy("resolve", ("his-adapter",), tuple(PatientFact.__subclasses__()), react, REGISTRY)


def asking_about(site_key: bytes, touch: TouchpointReported, input_id: str, command_id: str) -> ResolveIdentity:
    """The question a touchpoint raises, over HTTP and from the inbox alike. Raises `Refused` without a number."""
    known = [known for known in touch.identifiers if known.value]
    if not known:
        raise Refused("identifier-missing", "`identifiers.0.value` is empty: give at least one number with its system")
    strong = tuple(identifier_key(site_key, k.system, k.value or "") for k in known if k.system not in WEAK)
    phones = tuple(k.value for k in known if k.system == "phone" and k.value)
    emails = [k.value for k in known if k.system == "email"]
    details = Details(name=touch.name, phones=phones or None, email=emails[0] if emails else None)
    return _asking(site_key, touch, input_id, command_id, strong, details)


def _asking(
    site_key: bytes, message: Message, input_id: str, id: str, strong: Iterable[str], details: Details, box: str = ""
) -> ResolveIdentity:
    contacts = [("phone", phone) for phone in details.phones or ()]
    contacts += [("email", details.email)] if details.email else []
    weak = tuple(identifier_key(site_key, system, value) for system, value in contacts)
    name = f"{details.name}|{details.birth_date}" if details.name and details.birth_date else ""
    numbers = tuple(strong)
    return ResolveIdentity(
        id=id,
        at=message.at,
        input_id=input_id,
        sealed_for=(*numbers, input_id)[0],
        strong=numbers,
        phones=weak,
        name_key=identifier_key(site_key, "name-and-birth", name) if name else None,
        boxes=tuple(key for key in (box, "" if numbers else input_id) if key),
        carried_type=type(message).wire,
        carried=message.model_dump(mode="json", exclude={"at"}),
    )


def inbox(site_key: bytes) -> Policy:
    """What integrators put on the inbox: the same command as over HTTP."""

    def react(touch: Envelope[TouchpointReported], definitions: Definitions) -> list[Command]:
        input_id = derive(touch.source, touch.data.touchpoint_id)
        return [asking_about(site_key, touch.data, input_id, derive(touch.source, touch.id))]

    return Policy("inbox", ("contacts",), (TouchpointReported,), react, REGISTRY, kind="inbox")


def _record(resolved: Envelope[IdentityResolved], definitions: Definitions) -> list[Command]:
    found = resolved.data
    return [
        RecordInput(
            id=caused(resolved, "record"),
            at=found.at,
            person_id=found.person_id,
            input_type=found.carried_type,
            input=found.carried,
            human=found.human,
        )
    ]


def _forget(erased: Envelope[PersonErased], definitions: Definitions) -> list[Command]:
    return [
        ForgetPerson(id=caused(erased, "forget", person), at=erased.data.at, person_id=person)
        for person in erased.data.cluster
    ]


def _note(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """Deaths and consents are told to the registry, which alone orders them with merges."""
    event: PatientDied | DeathTakenBack | ConsentChanged = heard.data
    named = {"id": caused(heard, "note"), "at": event.at, "person_id": event.person_id}
    match event:
        case PatientDied():
            return [NoteDeath(**named, dead=True, since=event.since)]
        case DeathTakenBack():
            return [NoteDeath(**named, dead=False)]
        case ConsentChanged():
            return [NoteConsent(**named, purpose=event.purpose, granted=event.granted)]
        case _:
            assert_never(event)


def _stand(heard: Envelope[StandingChanged], definitions: Definitions) -> list[Command]:
    """What holds for a human is told under each of their records."""
    event = heard.data
    said = event.model_dump(exclude={"at", "registry", "sealed_for"})
    return [
        NoteStanding(id=caused(heard, "stand", person), at=event.at, person_id=person, **said)
        for person in event.human.members
    ]


NOTE = Policy("note", ("contacts",), (PatientDied, DeathTakenBack, ConsentChanged), _note, REGISTRY)
STAND = Policy("stand", (REGISTRY,), (StandingChanged,), _stand, "contacts")
FORGET = Policy("forget", (REGISTRY,), (PersonErased,), _forget, "contacts")
RECORD = Policy("record", (REGISTRY,), (IdentityResolved,), _record, "contacts")
