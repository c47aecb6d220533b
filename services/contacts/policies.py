"""Person-bearing inputs → the registry; its answers → the person."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypedDict, assert_never

from services.contacts.commands import (
    ForgetKeys,
    ForgetPerson,
    NoteConsent,
    NoteDeath,
    NoteStanding,
    RecordInput,
    ResolveIdentity,
    TakeBackClaims,
    Twin,
)
from services.contacts.registry.identifiers import Described, Keys, keys_of
from services.contacts.registry.refused import named_in
from shared.contracts.base import Command, Message, changed, retold
from shared.contracts.contacts import (
    ConsentChanged,
    IdentityResolved,
    PersonErased,
    TouchpointRecorded,
    TouchpointReported,
)
from shared.contracts.contacts_identity import KeysForgotten
from shared.contracts.contacts_standing import StandingChanged
from shared.contracts.facts import BARE_ID, SERVER_ID
from shared.contracts.his_adapter import PatientFact, PatientsLinked, PatientsUnlinked, RelativeReported
from shared.contracts.person_facts import DeathTakenBack, PatientDied
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, Refused, caused

REGISTRY = "contacts-registry"


def was_erased(fact: PatientFact) -> bool:
    """Whether the key of a fact was destroyed: its numbers have no values any more."""
    numbers = fact.patient.identifiers
    return bool(numbers) and all(number.value is None for number in numbers)


def resolve_facts(site_key: bytes) -> Policy:
    """Every fact of a hospital system asks the registry who it is about; what was erased on its way asks nothing."""

    def react(fact: Envelope[PatientFact], definitions: Definitions) -> list[Command]:
        if was_erased(fact.data):
            return []
        told, keys = fact.data, keys_of(site_key, definitions)
        others = {other.key for other in told.others} if isinstance(told, PatientsLinked | PatientsUnlinked) else set()
        boxes = ("" if told.reachable else told.message_id, told.patient_key)
        patient = keys.of_patient(told.patient, told.at.date(), others)
        asked = _asking(told, fact.id, caused(fact, "resolve"), patient, boxes)
        asked = changed(asked, twins=tuple(_twins(keys, told)), servers=told.servers)
        if isinstance(told, RelativeReported):
            return [changed(asked, beside=keys.phones(told.relative.phones or ()))]
        if isinstance(told, PatientsLinked):
            return [changed(asked, same=tuple(sorted(others)), aliases=told.aliases)]
        return [changed(asked, apart=tuple(sorted(others))) if others else asked]

    return Policy("resolve", ("his-adapter",), tuple(PatientFact.__subclasses__()), react, REGISTRY)


def _twins(keys: Keys, told: PatientFact) -> Iterator[Twin]:
    """The ids on a FHIR server that come with and without it: the patient's own, and another's it is linked to."""
    others = told.others if isinstance(told, PatientsLinked | PatientsUnlinked) else ()
    for ids, own in ((told.patient.identifiers, True), (others, False)):
        named = next((id for id in ids if id.system.startswith(SERVER_ID)), None)
        bare = next((id for id in ids if id.system.startswith(BARE_ID)), None)
        if named and bare:
            authority, foreign = keys.authority(bare.system) if own else "", told.patient_key == named.key
            yield Twin(named=named.key, bare=bare.key, authority=authority, foreign=foreign)


def asking_about(
    site_key: bytes, touch: TouchpointReported, input_id: str, command_id: str, definitions: Definitions | None = None
) -> ResolveIdentity:
    """The question a touchpoint raises, over HTTP and from the inbox alike. Raises `Refused` without a number.

    One whose numbers are all placeholders (a withheld phone) is somebody's, and nobody's we know.
    """
    known = [known for known in touch.identifiers if known.value]
    if not known:
        raise Refused("identifier-missing", "`identifiers.0.value` is empty: give at least one number with its system")
    caller = keys_of(site_key, definitions or Definitions()).of_caller(known, touch.name, touch.at.date())
    return _asking(touch, input_id, command_id, caller)


def _asking(
    message: Message, input_id: str, id: str, described: Described, boxes: Sequence[str] = ()
) -> ResolveIdentity:
    return ResolveIdentity(
        id=id,
        at=message.at,
        input_id=input_id,
        sealed_for=(*described["strong"], input_id)[0],
        **described,
        boxes=tuple(box for box in boxes if box and box not in described["strong"]),
        carried_type=type(message).wire,
        carried=message.model_dump(mode="json", exclude={"at"}),
    )


def inbox(site_key: bytes) -> Policy:
    """What integrators put on the inbox: the same command as over HTTP."""

    def react(touch: Envelope[TouchpointReported], definitions: Definitions) -> list[Command]:
        input_id = derive(touch.source, touch.data.touchpoint_id)
        return [asking_about(site_key, touch.data, input_id, derive(touch.source, touch.id), definitions)]

    def names(record: Any, definitions: Definitions) -> Sequence[str]:
        return named_in(keys_of(site_key, definitions), record.value)

    return Policy("inbox", ("contacts",), (TouchpointReported,), react, REGISTRY, kind="inbox", names=names)


def _record(resolved: Envelope[IdentityResolved], definitions: Definitions) -> list[Command]:
    found = resolved.data
    if found.carried is None:
        return []
    return [
        RecordInput(
            id=caused(resolved, "record"),
            at=found.at,
            person_id=found.person_id,
            input_id=found.input_id,
            input_type=found.carried_type,
            input=found.carried,
            human=found.human,
        )
    ]


def _take_back(recorded: Envelope[TouchpointRecorded], definitions: Definitions) -> list[Command]:
    """Older logs do not say what a touchpoint claimed: it may stand among the details, and notify may write to it."""
    touch = recorded.data
    if touch.claims:
        return []
    return [TakeBackClaims(id=caused(recorded, "take-back"), at=touch.at, person_id=touch.person_id)]


def _forget(erased: Envelope[PersonErased], definitions: Definitions) -> list[Command]:
    return [
        ForgetPerson(id=caused(erased, "forget", person), at=erased.data.at, person_id=person)
        for person in erased.data.cluster
    ]


def _forget_keys(heard: Envelope[PersonErased | KeysForgotten], definitions: Definitions) -> list[Command]:
    """One event holds only so many keys: the next ones, until all of an erased human's are named."""
    event = heard.data
    return [ForgetKeys(id=caused(heard, "forget-keys"), at=event.at, person_id=event.person_id)] if event.left else []


class _Noting(TypedDict):
    id: str
    at: datetime
    person_id: str


def _note(heard: Envelope[Any], definitions: Definitions) -> list[Command]:
    """Deaths and consents are told to the registry, which alone orders them with merges."""
    event: PatientDied | DeathTakenBack | ConsentChanged = heard.data
    named = _Noting(id=caused(heard, "note"), at=event.at, person_id=event.person_id)
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
    leave = ("registry", "sealed_for")
    return [
        retold(NoteStanding, event, leave=leave, id=caused(heard, "stand", person), person_id=person)
        for person in event.human.members
    ]


NOTE = Policy("note", ("contacts",), (PatientDied, DeathTakenBack, ConsentChanged), _note, REGISTRY, begins="beginning")
TAKE_BACK = Policy("take-back", ("contacts",), (TouchpointRecorded,), _take_back, "contacts", begins="beginning")
STAND = Policy("stand", (REGISTRY,), (StandingChanged,), _stand, "contacts")
FORGET = Policy("forget", (REGISTRY,), (PersonErased,), _forget, "contacts")
FORGET_KEYS = Policy("forget-keys", (REGISTRY,), (PersonErased, KeysForgotten), _forget_keys, REGISTRY)
RECORD = Policy("record", (REGISTRY,), (IdentityResolved,), _record, "contacts")
