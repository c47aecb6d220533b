"""Published by contacts: who is who, what they told us, and the staff directory. Facts are in `person_facts`."""

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.base import Event, Part, Personal
from shared.contracts.bounds import FreeArticle, FreeLine
from shared.contracts.facts import Details, Identifier
from shared.contracts.staff import Staff

Purpose = Literal["care", "survey", "marketing", "alert"]
Channel = Literal["phone", "email", "sms", "wechat", "mini-program", "app", "web-chat", "desk", "kiosk", "outreach"]
ClaimedField = Literal["name", "phones", "email"]


class Human(Part):
    """The records of one human at a version of the registry: what is new goes to `lead`, what ends reaches all.

    A higher `version` is the newer knowledge, whatever order topics are read in; equal versions say the same.
    """

    lead: str
    members: tuple[str, ...]
    version: int


class Traits(Part):
    """Keyed hashes of what tells people apart, "" where nothing is said; placeholders say nothing.

    `national` is the key of their national number, `authorities` are those that number their record. `adult` where the
    birth date says so.
    """

    name_key: str = ""
    birth_key: str = ""
    sex_key: str = ""
    national: str = ""
    authorities: tuple[str, ...] = ()
    adult: bool = False


class RegistryEvent(Event):
    """The registry is one aggregate on one partition; personal fields are sealed for one of the identifiers."""

    key_field: ClassVar[str] = "registry"
    decider: ClassVar[str] = "contacts-registry"
    seal_field: ClassVar[str | None] = "sealed_for"
    reborn: ClassVar[bool] = True

    registry: Literal["registry"] = "registry"
    sealed_for: str = ""

    @property
    def residue(self) -> str:
        """Whose an input is that waits is not known: the erasure of one who may be meant does not reach it."""
        return "input" if self.sealed_for == getattr(self, "input_id", None) else ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """What seals an input, where that is no key of its own: no record may hold it yet."""
        return (self.sealed_for,) if self.sealed_for and hasattr(self, "input_id") and not self.residue else ()


class IdentityResolved(RegistryEvent):
    """An input was found to be about a person. `carried` is that input; `learned` are identifiers new to them.

    `traits` is what it says of them where that is news, `beside` are phones of their relatives. `combination` names
    what a person decided, so that its like is not asked again, `pairs` two numbers each of which the hospital said that
    they are one human, or two. `boxes` are keys of messages that no erasure reaches otherwise, as in old logs.
    """

    wire: ClassVar[str] = "careloop.contacts.identity_resolved.v1"

    person_id: str
    method: Literal["identifier", "phone", "phone-and-name", "new", "decided"]
    explanation: str
    learned: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
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
        """The person, where no number of theirs seals the input."""
        return (self.person_id,) if self.residue else ()

    @property
    def held(self) -> tuple[str, ...]:
        """What is news of the person, and what seals it or was stored of them: that may have had no key yet."""
        boxes = (key for key in self.boxes if len(key) != 36)  # a message's own is a UUID
        return (*self.strong, *self.learned, *self.beside, *boxes, *self.numbers)


class IdentityAmbiguous(RegistryEvent):
    """Several people fit an input, or its numbers fit somebody it contradicts: a person decides, nothing is guessed.

    The input waits in `carried`. `combination` names what is asked: a decision holds for all of its like.
    """

    wire: ClassVar[str] = "careloop.contacts.identity_ambiguous.v1"

    candidates: tuple[str, ...]
    explanation: str
    identifiers: tuple[str, ...]
    strong: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    input_id: str
    carried_type: str
    carried: Personal[dict[str, Any]] = None
    traits: Traits | None = None
    beside: tuple[str, ...] = ()
    combination: str = ""


class PersonsMerged(RegistryEvent):
    """Two records are one human. No key moves: readers compose over `cluster`.

    `method` is how the registry knew where it joined them itself; "" where the hospital or a person said so.
    """

    wire: ClassVar[str] = "careloop.contacts.persons_merged.v1"

    person_id: str
    merged_id: str
    cluster: tuple[str, ...]
    reason: Personal[str] = None
    method: Literal["", "phone-and-name", "phone"] = ""


class PersonsUnmerged(RegistryEvent):
    """A merge was wrong. `clusters` are the two that remain."""

    wire: ClassVar[str] = "careloop.contacts.persons_unmerged.v1"

    person_id: str
    separated_id: str
    clusters: tuple[tuple[str, ...], tuple[str, ...]]
    reason: Personal[str] = None


class PersonErased(RegistryEvent):
    """A person asked to be forgotten: the data keys named here are destroyed, counts stay.

    `identifiers` no longer lead to them, those shared with others included. `left` keys of messages are named later,
    by `KeysForgotten`. `awaited`: until `ErasureCarriedOut` says that the keys are gone, what comes of these numbers
    was under way and goes with them. Old logs await nothing. `approved_by` is the second person, ""
    in them.
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
    """What a caller or a form said of somebody: a field of `Details`, one value, and the touchpoint it came by.

    It is no part of the details, and nobody may be written to because of it, until staff or the hospital confirm it.
    """

    claim_id: str
    field: ClaimedField
    value: Personal[str] = None
    touchpoint_id: str
    channel: Channel
    said: AwareDatetime


class PersonRegistered(Event):
    """Somebody new; `details` are empty where we know them by a touchpoint, which follows with what it claims.

    `said` is when the hospital said who they are, where that is not `at`.
    """

    wire: ClassVar[str] = "careloop.contacts.person_registered.v1"

    person_id: str
    details: Details
    said: AwareDatetime | None = None
    input_id: str = ""


class PersonDetailsChanged(Event):
    """What we know of somebody changed; `details` holds the whole of it, `changed` the names of what is new.

    `details.said()` tells a reader all: take a value, delete what is None there (it was deleted, now or before, and is
    in `details.cleared`), leave what is not in it. Events of before 2026-11 have no `said`, and only `changed` names
    what they deleted: a field that is None in `details`; some hold what was only claimed. Where that is taken back,
    `claims` are what it was. `restated` are details that were said again at `said`.
    """

    wire: ClassVar[str] = "careloop.contacts.person_details_changed.v1"

    person_id: str
    details: Details
    changed: tuple[str, ...]
    restated: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    said: AwareDatetime | None = None
    input_id: str = ""


class ClaimConfirmed(Event):
    """A member of staff says that a claim is true; the `PersonDetailsChanged` before it made it part of the details."""

    wire: ClassVar[str] = "careloop.contacts.claim_confirmed.v1"

    person_id: str
    claim_id: str
    field: ClaimedField
    confirmed_by: str


class PersonForgotten(Event):
    """Nothing is known of this person any more; facts that still come are counted, not named."""

    wire: ClassVar[str] = "careloop.contacts.person_forgotten.v1"

    person_id: str


class ConsentChanged(Event):
    """A person allows or forbids messages of a purpose."""

    wire: ClassVar[str] = "careloop.contacts.consent_changed.v1"

    person_id: str
    purpose: Purpose
    granted: bool
    evidence: Personal[str] = None


class TouchpointReported(Event):
    """Inbound: somebody was in touch. What integrators send; contacts finds out who it was."""

    wire: ClassVar[str] = "careloop.contacts.touchpoint_reported.v1"
    key_field: ClassVar[str] = "touchpoint_id"
    seal_field: ClassVar[str | None] = "touchpoint_id"

    touchpoint_id: str = Field(min_length=1, description="your own id for it; the same id twice is the same touchpoint")
    identifiers: tuple["Known", ...] = Field(min_length=1)
    channel: Channel
    direction: Literal["inbound", "outbound"]
    name: Personal[FreeLine] = None
    summary: Personal[FreeArticle] = None
    agent: str = ""
    department: str = ""


class Known(Part):
    """How a person is known: `system` as in `MRN:CITY-HOSPITAL` or `phone`, and the number itself."""

    system: str = Field(min_length=1)
    value: Personal[str] = None


class TouchpointRecorded(Event):
    """Somebody was in touch, and we know who. `claims` are what they said of themselves."""

    wire: ClassVar[str] = "careloop.contacts.touchpoint_recorded.v1"

    person_id: str
    touchpoint_id: str
    channel: Channel
    direction: Literal["inbound", "outbound"]
    summary: Personal[str] = None
    agent: str = ""
    department: str = ""
    claims: tuple[Claim, ...] = ()


TouchpointReported.model_rebuild()
__all__ = ["Details", "Identifier", "IdentityResolved", "PersonRegistered", "Staff", "TouchpointReported"]
