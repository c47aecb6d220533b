"""Published by contacts: who is who, what they told us, and the staff directory. Facts are in `person_facts`."""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.base import Event, Part, Personal
from shared.contracts.bounds import FreeArticle, FreeLine
from shared.contracts.facts import Details, Identifier
from shared.definitions import Definition

Purpose = Literal["care", "survey", "marketing", "alert"]
Channel = Literal["phone", "email", "sms", "wechat", "mini-program", "app", "web-chat", "desk", "kiosk", "outreach"]


class Human(Part):
    """The records of one human at a version of the registry: what is new goes to `lead`, what ends reaches all.

    A higher `version` is the newer knowledge, whatever order topics are read in; equal versions say the same.
    """

    lead: str
    members: tuple[str, ...]
    version: int


class RegistryEvent(Event):
    """The registry is one aggregate on one partition; personal fields are sealed for one of the identifiers."""

    key_field: ClassVar[str] = "registry"
    seal_field: ClassVar[str | None] = "sealed_for"
    reborn: ClassVar[bool] = True

    registry: Literal["registry"] = "registry"
    sealed_for: str = ""


class IdentityResolved(RegistryEvent):
    """An input was found to be about a person. `carried` is that input; `learned` are identifiers new to them."""

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


class IdentityAmbiguous(RegistryEvent):
    """Several people fit an input: a person decides, nothing is guessed. The input waits in `carried`."""

    wire: ClassVar[str] = "careloop.contacts.identity_ambiguous.v1"

    candidates: tuple[str, ...]
    explanation: str
    identifiers: tuple[str, ...]
    strong: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    input_id: str
    carried_type: str
    carried: Personal[dict[str, Any]] = None


class PersonsMerged(RegistryEvent):
    """Two records are one human. No key moves: readers compose over `cluster`."""

    wire: ClassVar[str] = "careloop.contacts.persons_merged.v1"

    person_id: str
    merged_id: str
    cluster: tuple[str, ...]
    reason: Personal[str] = None


class PersonsUnmerged(RegistryEvent):
    """A merge was wrong. `clusters` are the two that remain."""

    wire: ClassVar[str] = "careloop.contacts.persons_unmerged.v1"

    person_id: str
    separated_id: str
    clusters: tuple[tuple[str, ...], tuple[str, ...]]
    reason: Personal[str] = None


class DeathNoted(RegistryEvent):
    """Under this record somebody was told to be dead (`since`, where it was said), or not after all."""

    wire: ClassVar[str] = "careloop.contacts.death_noted.v1"

    person_id: str
    dead: bool
    since: AwareDatetime | date | None = None


class ConsentNoted(RegistryEvent):
    """Under this record a human allowed or forbade messages of a purpose."""

    wire: ClassVar[str] = "careloop.contacts.consent_noted.v1"

    person_id: str
    purpose: Purpose
    granted: bool


class StandingChanged(RegistryEvent):
    """What holds for all records of one human: who they are, whether they live, what they allow.

    `consents` is the human's effective word per purpose: a refusal told under any record stands until the human says
    otherwise after the merge. `consented` is when each was said, `death_said` when it was last said that they died or
    live. `dead_since` may be None though `dead`.
    """

    wire: ClassVar[str] = "careloop.contacts.standing_changed.v1"

    human: Human
    dead: bool = False
    dead_since: AwareDatetime | date | None = None
    death_said: AwareDatetime | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, AwareDatetime] = {}


class PersonErased(RegistryEvent):
    """A person asked to be forgotten: the data keys named here are destroyed, counts stay.

    `identifiers` no longer lead to them, those shared with others included.
    """

    wire: ClassVar[str] = "careloop.contacts.person_erased.v1"

    person_id: str
    cluster: tuple[str, ...]
    keys: tuple[str, ...]
    identifiers: tuple[str, ...] = ()
    requested_by: str


class PersonRegistered(Event):
    """Somebody new."""

    wire: ClassVar[str] = "careloop.contacts.person_registered.v1"

    person_id: str
    details: Details


class PersonDetailsChanged(Event):
    """What we know of somebody changed; `details` holds the whole of it, `changed` the names of what is new."""

    wire: ClassVar[str] = "careloop.contacts.person_details_changed.v1"

    person_id: str
    details: Details
    changed: tuple[str, ...]


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


class PersonStandingChanged(Event):
    """`StandingChanged` for one record, beside its facts: readers keep what has the highest `human.version`."""

    wire: ClassVar[str] = "careloop.contacts.person_standing_changed.v1"

    person_id: str
    human: Human
    dead: bool = False
    dead_since: AwareDatetime | date | None = None
    death_said: AwareDatetime | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, AwareDatetime] = {}


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
    """Somebody was in touch, and we know who."""

    wire: ClassVar[str] = "careloop.contacts.touchpoint_recorded.v1"

    person_id: str
    touchpoint_id: str
    channel: Channel
    direction: Literal["inbound", "outbound"]
    summary: Personal[str] = None
    agent: str = ""
    department: str = ""


class Staff(Definition):
    """Somebody who works here: published by contacts, read by all (`roles` such as `complaints-supervisor`)."""

    kind: ClassVar[str] = "staff"
    owner: ClassVar[str] = "contacts"

    name: str
    email: str
    language: str = "zh"
    department: str = ""
    roles: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    head_of: tuple[str, ...] = ()
    absent_from: date | None = None
    absent_until: date | None = None


TouchpointReported.model_rebuild()
__all__ = ["Details", "Identifier", "IdentityResolved", "PersonRegistered", "Staff", "TouchpointReported"]
