"""Policies: inputs about a person → commands of the registry; the registry's events → commands of the person."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypedDict, assert_never

from services.contacts.commands import ForgetPerson, NoteStanding, RecordInput, TakeBackClaims
from services.contacts.registry.commands import REGISTRY, ForgetKeys, NoteConsent, NoteDeath, ResolveIdentity, Twin
from services.contacts.registry.identifiers import Described, IdentityKeys, keys_of
from services.contacts.registry.refused import named_in
from shared.contracts.base import Command, Payload, changed, retold
from shared.contracts.contacts import (
    ConsentChanged,
    IdentityResolved,
    PersonErased,
    TouchpointRecorded,
    TouchpointReported,
)
from shared.contracts.contacts_identity import KeysForgotten
from shared.contracts.contacts_standing import StandingChanged
from shared.contracts.facts import BARE_ID, SERVER_ID, has_kind
from shared.contracts.his_adapter import PatientFact, PatientsLinked, PatientsUnlinked, RelativeReported
from shared.contracts.person_facts import DeathTakenBack, PatientDied
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, Refused, caused


def was_erased(fact: PatientFact) -> bool:
    """Whether the data key of a fact was destroyed: all its identifiers lack a value."""
    numbers = fact.patient.identifiers
    return bool(numbers) and all(number.value is None for number in numbers)


def resolve_facts(site_key: bytes) -> Policy:
    """The policy: every hospital fact → `ResolveIdentity`, unless it was erased meanwhile."""

    def react(fact: Envelope[PatientFact], definitions: Definitions) -> list[Command]:
        if was_erased(fact.data):
            return []
        data, keys = fact.data, keys_of(site_key, definitions)
        others = {other.key for other in data.others} if isinstance(data, PatientsLinked | PatientsUnlinked) else set()
        message_keys = ("" if data.reachable else data.message_id, data.patient_key)
        patient = keys.of_patient(data.patient, data.at.date(), others)
        resolve = _resolve(data, fact.id, caused(fact, "resolve"), patient, message_keys)
        resolve = changed(resolve, twins=tuple(_twins(keys, data)), servers=data.servers)
        if isinstance(data, RelativeReported):
            return [changed(resolve, beside=keys.phones(data.relative.phones or ()))]
        if isinstance(data, PatientsLinked):
            return [changed(resolve, same=tuple(sorted(others)), aliases=data.aliases)]
        return [changed(resolve, apart=tuple(sorted(others))) if others else resolve]

    return Policy("resolve", ("his-adapter",), tuple(PatientFact.__subclasses__()), react, REGISTRY)


def _twins(keys: IdentityKeys, fact: PatientFact) -> Iterator[Twin]:
    """FHIR ids that a fact has with and without their server: of the patient, and of a linked other patient."""
    others = fact.others if isinstance(fact, PatientsLinked | PatientsUnlinked) else ()
    for ids, own in ((fact.patient.identifiers, True), (others, False)):
        named = next((id for id in ids if has_kind(id.system, SERVER_ID)), None)
        bare = next((id for id in ids if has_kind(id.system, BARE_ID)), None)
        if named and bare:
            authority, foreign = keys.authority(bare.system) if own else "", fact.patient_key == named.key
            yield Twin(named=named.key, bare=bare.key, authority=authority, foreign=foreign)


def asking_about(
    site_key: bytes, touch: TouchpointReported, input_id: str, command_id: str, definitions: Definitions | None = None
) -> ResolveIdentity:
    """Build `ResolveIdentity` for a touchpoint from HTTP or the inbox. Raises `Refused` if it has no number.

    A touchpoint that has only placeholder numbers (a withheld phone) resolves to a new person.
    """
    identifiers = [identifier for identifier in touch.identifiers if identifier.value]
    if not identifiers:
        raise Refused("identifier-missing", "`identifiers.0.value` is empty: give at least one number with its system")
    caller = keys_of(site_key, definitions or Definitions()).of_caller(identifiers, touch.name, touch.at.date())
    return _resolve(touch, input_id, command_id, caller)


def _resolve(
    message: Payload, input_id: str, id: str, described: Described, message_keys: Sequence[str] = ()
) -> ResolveIdentity:
    return ResolveIdentity(
        id=id,
        at=message.at,
        input_id=input_id,
        sealed_for=(*described["strong"], input_id)[0],
        **described,
        message_keys=tuple(key for key in message_keys if key and key not in described["strong"]),
        carried_type=type(message).wire,
        carried=message.model_dump(mode="json", exclude={"at"}),
    )


def inbox(site_key: bytes) -> Policy:
    """The policy of the inbox topic: the same command as over HTTP."""

    def react(touch: Envelope[TouchpointReported], definitions: Definitions) -> list[Command]:
        input_id = derive(touch.source, touch.data.touchpoint_id)
        return [asking_about(site_key, touch.data, input_id, derive(touch.source, touch.id), definitions)]

    def names(record: Any, definitions: Definitions) -> Sequence[str]:
        return named_in(keys_of(site_key, definitions), record.value)

    return Policy("inbox", ("contacts",), (TouchpointReported,), react, REGISTRY, kind="inbox", names=names)


def _record(resolved: Envelope[IdentityResolved], definitions: Definitions) -> list[Command]:
    event = resolved.data
    if event.carried is None:
        return []
    return [
        RecordInput(
            id=caused(resolved, "record"),
            at=event.at,
            person_id=event.person_id,
            input_id=event.input_id,
            input_type=event.carried_type,
            input=event.carried,
            human=event.human,
        )
    ]


def _take_back(recorded: Envelope[TouchpointRecorded], definitions: Definitions) -> list[Command]:
    """Touchpoints of older versions have no claims: their values may be among the details that notify uses."""
    touch = recorded.data
    if touch.claims:
        return []
    return [TakeBackClaims(id=caused(recorded, "take-back"), at=touch.at, person_id=touch.person_id)]


def _forget(erased: Envelope[PersonErased], definitions: Definitions) -> list[Command]:
    return [
        ForgetPerson(id=caused(erased, "forget", person), at=erased.data.at, person_id=person)
        for person in erased.data.cluster
    ]


def _forget_keys(envelope: Envelope[PersonErased | KeysForgotten], definitions: Definitions) -> list[Command]:
    """Ask for the next keys of an erased human until all are published (one event holds a limited number)."""
    event = envelope.data
    return (
        [ForgetKeys(id=caused(envelope, "forget-keys"), at=event.at, person_id=event.person_id)] if event.left else []
    )


class _Head(TypedDict):
    id: str
    at: datetime
    person_id: str


def _note(envelope: Envelope[Any], definitions: Definitions) -> list[Command]:
    """Pass deaths and consents to the registry, which orders them relative to merges."""
    event: PatientDied | DeathTakenBack | ConsentChanged = envelope.data
    head = _Head(id=caused(envelope, "note"), at=event.at, person_id=event.person_id)
    match event:
        case PatientDied():
            return [NoteDeath(**head, dead=True, since=event.since)]
        case DeathTakenBack():
            return [NoteDeath(**head, dead=False)]
        case ConsentChanged():
            return [NoteConsent(**head, purpose=event.purpose, granted=event.granted)]
        case _:
            assert_never(event)


def _stand(envelope: Envelope[StandingChanged], definitions: Definitions) -> list[Command]:
    """Pass a human's standing on to each of their records."""
    event = envelope.data
    leave = ("registry", "sealed_for")
    return [
        retold(NoteStanding, event, leave=leave, id=caused(envelope, "stand", person), person_id=person)
        for person in event.human.members
    ]


NOTE = Policy("note", ("contacts",), (PatientDied, DeathTakenBack, ConsentChanged), _note, REGISTRY, begins="beginning")
TAKE_BACK = Policy("take-back", ("contacts",), (TouchpointRecorded,), _take_back, "contacts", begins="beginning")
STAND = Policy("stand", (REGISTRY,), (StandingChanged,), _stand, "contacts")
FORGET = Policy("forget", (REGISTRY,), (PersonErased,), _forget, "contacts")
FORGET_KEYS = Policy("forget-keys", (REGISTRY,), (PersonErased, KeysForgotten), _forget_keys, REGISTRY)
RECORD = Policy("record", (REGISTRY,), (IdentityResolved,), _record, "contacts")
