"""Published by contacts: persons, identities, touchpoints and consents. Facts: `person_facts`."""

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.base import Event, Part, Personal
from shared.contracts.bounds import FreeArticle, FreeLine
from shared.contracts.facts import Details, Identifier
from shared.contracts.staff import Staff

Purpose = Literal["care", "survey", "marketing", "alert"]
ContactChannel = Literal[
    "phone", "email", "sms", "wechat", "mini-program", "app", "web-chat", "desk", "kiosk", "outreach"
]
ClaimedField = Literal["name", "phones", "email"]


class Human(Part):
    """The records of one human at a version of the registry. New things go to `lead`, ends go to all records.

    The higher `version` is newer, whatever the order in which topics are read; equal versions have equal content.
    """

    lead: str
    members: tuple[str, ...]
    version: int


class Traits(Part):
    """HMACs of traits that distinguish people; "" if unknown or a placeholder.

    `national`: of the national number. `authorities`: the issuers of the medical record numbers. `adult`: by birth
    date.
    """

    name_key: str = ""
    birth_key: str = ""
    sex_key: str = ""
    national: str = ""
    authorities: tuple[str, ...] = ()
    adult: bool = False


class RegistryEvent(Event):
    """Base of registry events: one aggregate, one partition; encrypted for one of the identifiers."""

    key_field: ClassVar[str] = "registry"
    decider: ClassVar[str] = "contacts-registry"
    seal_field: ClassVar[str | None] = "sealed_for"
    reborn: ClassVar[bool] = True

    registry: Literal["registry"] = "registry"
    sealed_for: str = ""

    @property
    def residue(self) -> str:
        """Counts inputs that wait with a key of their own, as it is not known whose they are."""
        return "input" if self.sealed_for == getattr(self, "input_id", None) else ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The number that encrypts an input, if it has no key of its own; possibly no record has this number yet."""
        return (self.sealed_for,) if self.sealed_for and hasattr(self, "input_id") and not self.residue else ()


class IdentityResolved(RegistryEvent):
    """An input was resolved to a person. `carried`: the input. `strong`, `learned`: identifiers that the person gets.

    `traits`: traits of the input if they are new. `beside`: phones of relatives. `combination`: id of a person's
    decision, which holds for like inputs. `pairs`: pairs of numbers that the hospital linked or unlinked.
    `message_keys`: keys of messages that an erasure would not reach otherwise (old logs).
    """

    wire: ClassVar[str] = "careloop.contacts.identity_resolved.v1"

    person_id: str
    method: Literal["identifier", "phone", "phone-and-name", "new", "decided"]
    explanation: str
    learned: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    message_keys: tuple[str, ...] = Field((), alias="boxes")
    input_id: str
    carried_type: str
    carried: Personal[dict[str, Any]] = None
    human: Human | None = None
    traits: Traits | None = None
    beside: tuple[str, ...] = ()
    combination: str = ""
    pairs: tuple[str, ...] = ()

    @property
    def tied_to(self) -> tuple[str, ...]:
        """The person, if the input is not encrypted with the key of one of their numbers."""
        return (self.person_id,) if self.residue else ()

    @property
    def held(self) -> tuple[str, ...]:
        """The identifiers that are new for the person, and the keys that encrypt the input or data about them."""
        keys = (key for key in self.message_keys if len(key) != 36)  # keys of messages are UUIDs
        return (*self.strong, *self.learned, *self.beside, *keys, *self.numbers)


class IdentityAmbiguous(RegistryEvent):
    """An input matches several persons, or contradicts the one that it matches: a person must decide.

    The input waits in `carried`. `combination`: a decision holds for all inputs with this id.
    """

    wire: ClassVar[str] = "careloop.contacts.identity_ambiguous.v1"

    candidates: tuple[str, ...]
    explanation: str
    identifiers: tuple[str, ...]
    strong: tuple[str, ...] = ()
    message_keys: tuple[str, ...] = Field((), alias="boxes")
    input_id: str
    carried_type: str
    carried: Personal[dict[str, Any]] = None
    traits: Traits | None = None
    beside: tuple[str, ...] = ()
    combination: str = ""


class PersonsMerged(RegistryEvent):
    """Two records are one human. Records keep their keys; consumers combine the records of `cluster`.

    `method`: the evidence if the registry merged by itself; "" if the hospital or a person did.
    """

    wire: ClassVar[str] = "careloop.contacts.persons_merged.v1"

    person_id: str
    merged_id: str
    cluster: tuple[str, ...]
    reason: Personal[str] = None
    method: Literal["", "phone-and-name", "phone"] = ""


class PersonsUnmerged(RegistryEvent):
    """A merge was undone. `clusters`: the two that remain."""

    wire: ClassVar[str] = "careloop.contacts.persons_unmerged.v1"

    person_id: str
    separated_id: str
    clusters: tuple[tuple[str, ...], tuple[str, ...]]
    reason: Personal[str] = None


class PersonErased(RegistryEvent):
    """A human was erased: the data keys listed here are destroyed.

    `identifiers`: identifiers that do not lead to them any more, shared ones included. `left`: message keys that
    `KeysForgotten` will name. `awaited`: until `ErasureCarriedOut`, inputs with these numbers are dropped, as they were
    recorded before; false in old logs. `approved_by`: the second person; "" in old logs.
    """

    wire: ClassVar[str] = "careloop.contacts.person_erased.v1"

    person_id: str
    cluster: tuple[str, ...]
    keys: tuple[str, ...]
    identifiers: tuple[str, ...] = ()
    requested_by: str
    left: int = 0
    awaited: bool = False
    approved_by: str = ""


class Claim(Part):
    """What a caller or a form said about somebody: a field of `Details`, its value, and the touchpoint.

    It is not part of the details, and nobody is messaged because of it, until staff or the hospital confirm it.
    """

    claim_id: str
    field: ClaimedField
    value: Personal[str] = None
    touchpoint_id: str
    channel: ContactChannel
    stated_at: AwareDatetime = Field(alias="said")


class PersonRegistered(Event):
    """A new person. `details` are empty if they are known by a touchpoint only, which follows with its claims.

    `stated_at` (`said` on the topic): when the hospital reported the details, if that is not `at`.
    """

    wire: ClassVar[str] = "careloop.contacts.person_registered.v1"

    person_id: str
    details: Details
    stated_at: AwareDatetime | None = Field(None, alias="said")
    input_id: str = ""


class PersonDetailsChanged(Event):
    """The details of a person changed; `details` has all of them, `changed` the names of the changed fields.

    Consumers apply `details.stated_fields()`: take its values, delete fields that are None in it, leave the others.
    Events from before 2026-11 have no `stated_at` (`said` on the topic); there a field in `changed` that is None in
    `details` was deleted, and some contain values that were only claimed. If such a value is withdrawn, `claims` has
    it. `restated`: fields that were reported again, at `stated_at`.
    """

    wire: ClassVar[str] = "careloop.contacts.person_details_changed.v1"

    person_id: str
    details: Details
    changed: tuple[str, ...]
    restated: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    stated_at: AwareDatetime | None = Field(None, alias="said")
    input_id: str = ""


class ClaimConfirmed(Event):
    """Staff confirmed a claim; the `PersonDetailsChanged` before it made it part of the details."""

    wire: ClassVar[str] = "careloop.contacts.claim_confirmed.v1"

    person_id: str
    claim_id: str
    field: ClaimedField
    confirmed_by: str


class PersonForgotten(Event):
    """The person was erased; facts that still come are counted without naming anybody."""

    wire: ClassVar[str] = "careloop.contacts.person_forgotten.v1"

    person_id: str


class ConsentChanged(Event):
    """A person consents to messages of a purpose, or refuses them."""

    wire: ClassVar[str] = "careloop.contacts.consent_changed.v1"

    person_id: str
    purpose: Purpose
    granted: bool
    evidence: Personal[str] = None


class TouchpointReported(Event):
    """Inbound: a contact with a person, sent by integrators; contacts resolves who it was."""

    wire: ClassVar[str] = "careloop.contacts.touchpoint_reported.v1"
    key_field: ClassVar[str] = "touchpoint_id"
    on: ClassVar[str] = "inbox"
    seal_field: ClassVar[str | None] = "touchpoint_id"

    touchpoint_id: str = Field(min_length=1, description="your own id for it; the same id twice is the same touchpoint")
    identifiers: tuple["KnownIdentifier", ...] = Field(min_length=1)
    channel: ContactChannel
    direction: Literal["inbound", "outbound"]
    name: Personal[FreeLine] = None
    summary: Personal[FreeArticle] = None
    agent: str = ""
    department: str = ""


class KnownIdentifier(Part):
    """An identifier of a person: `system` such as `MRN:CITY-HOSPITAL` or `phone`, and the value."""

    system: str = Field(min_length=1)
    value: Personal[str] = None


class TouchpointRecorded(Event):
    """A contact with a known person. `claims`: what they said about themselves."""

    wire: ClassVar[str] = "careloop.contacts.touchpoint_recorded.v1"

    person_id: str
    touchpoint_id: str
    channel: ContactChannel
    direction: Literal["inbound", "outbound"]
    summary: Personal[str] = None
    agent: str = ""
    department: str = ""
    claims: tuple[Claim, ...] = ()


TouchpointReported.model_rebuild()
__all__ = ["Details", "Identifier", "IdentityResolved", "PersonRegistered", "Staff", "TouchpointReported"]
