"""What contacts and its registry can be asked to do."""

from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field

from services.contacts.access_commands import AccessCommand
from shared.contracts.base import Command, Part, Personal
from shared.contracts.contacts import Human, Purpose, Traits
from shared.contracts.contacts_standing import Standing


class RegistryCommand(Command):
    """For the registry: one aggregate, one partition."""

    key_field: ClassVar[str] = "registry"
    seal_field: ClassVar[str | None] = "sealed_for"
    reborn: ClassVar[bool] = True

    registry: Literal["registry"] = "registry"
    sealed_for: str = ""

    @property
    def residue(self) -> str:
        """Whose an input without a number is, is not known yet."""
        return "input" if self.sealed_for == getattr(self, "input_id", None) else ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """What seals an input, where that is no key of its own: no record may hold it yet."""
        return (self.sealed_for,) if self.sealed_for and hasattr(self, "input_id") and not self.residue else ()


class Twin(Part):
    """An id on a FHIR server under its two keys: with the server, and `bare` as older versions wrote it.

    `foreign` where his_adapter knows that another server gave it; `authority` is the trait that the bare one says.
    """

    named: str
    bare: str
    authority: str = ""
    foreign: bool = False


class ResolveIdentity(RegistryCommand):
    """Who is this input about? Identifiers come as HMACs: `strong` ones name one person, phones may be shared.

    `same` are numbers the hospital says are this human too, `apart` those it says are not after all.
    `aliases`: `same` names the very record that `strong` does, so that either is enough to know it.
    `records` are those of `strong` that number a record, which decide before others; `beside` are phones of relatives.
    `name_key` is the HMAC of name and birth date as registries of older versions learned it.
    `twins` are ids of which the bare one counts only if one of `servers` (one server's names) gave it.
    `traits` is None in commands of older versions, which did not say. `carried` is the input itself, passed on once
    resolved, None where it was erased on its way; `boxes` are keys of messages that no erasure reaches otherwise.
    `sealed_with` is the key that it was read with.
    """

    wire: ClassVar[str] = "careloop.contacts-registry.resolve_identity.v1"

    input_id: str
    strong: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    aliases: bool = False
    phones: tuple[str, ...] = ()
    name_key: str | None = None
    boxes: tuple[str, ...] = ()
    carried_type: str
    carried: Personal[dict[str, Any]] = None
    records: tuple[str, ...] = ()
    traits: Traits | None = None
    beside: tuple[str, ...] = ()
    sealed_with: str = Field(default="", exclude=True)
    twins: tuple[Twin, ...] = ()
    servers: tuple[str, ...] = ()


class LearnKeys(RegistryCommand):
    """What a record that contacts knows already is known by, written as it is written now."""

    wire: ClassVar[str] = "careloop.contacts-registry.learn_keys.v1"

    person_id: str
    strong: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    traits: Traits = Traits()
    patient: bool = False


class DecideIdentity(RegistryCommand):
    """A person settles an ambiguous input; `person_id` None means it is somebody new."""

    wire: ClassVar[str] = "careloop.contacts-registry.decide_identity.v1"

    input_id: str
    person_id: str | None = None
    decided_by: str


class MergePersons(RegistryCommand):
    """Two records are one human. `sealed_for` is the person, since the reason may tell of them."""

    wire: ClassVar[str] = "careloop.contacts-registry.merge_persons.v1"

    person_id: str
    merged_id: str
    reason: Personal[str] = None
    method: Literal["", "phone-and-name", "phone"] = ""


class UnmergePersons(RegistryCommand):
    """A merge was wrong: `separated_id` stands alone again."""

    wire: ClassVar[str] = "careloop.contacts-registry.unmerge_persons.v1"

    person_id: str
    separated_id: str
    reason: Personal[str] = None


class DecideMerge(RegistryCommand):
    """A person says whether two records that the registry proposed to join are one human."""

    wire: ClassVar[str] = "careloop.contacts-registry.decide_merge.v1"

    proposal_id: str
    same: bool
    decided_by: str


class RequestErasure(RegistryCommand):
    """Somebody wants this human forgotten."""

    wire: ClassVar[str] = "careloop.contacts-registry.request_erasure.v1"

    person_id: str
    requested_by: str


class DecideErasure(RegistryCommand):
    """A second person's word on an erasure."""

    wire: ClassVar[str] = "careloop.contacts-registry.decide_erasure.v1"

    person_id: str
    approved: bool
    decided_by: str


class ErasePerson(RegistryCommand):
    """Forget this human: every source identity in the cluster.

    As older versions were asked, carried out as it was then; nothing sends it now, and an approved erasure ends in it.
    """

    wire: ClassVar[str] = "careloop.contacts-registry.erase_person.v1"

    person_id: str
    requested_by: str


class ForgetKeys(RegistryCommand):
    """Name more keys of somebody who was erased."""

    wire: ClassVar[str] = "careloop.contacts-registry.forget_keys.v1"

    person_id: str


class ConfirmErasure(RegistryCommand):
    """The keys of somebody who was erased are destroyed."""

    wire: ClassVar[str] = "careloop.contacts-registry.confirm_erasure.v1"

    person_id: str
    cluster: tuple[str, ...]


class ExpireInput(RegistryCommand):
    """An input has waited for as long as it may; without an `input_id` all that are `sealed_for` a number."""

    wire: ClassVar[str] = "careloop.contacts-registry.expire_input.v1"

    input_id: str = ""


class NoteDeath(RegistryCommand):
    """Somebody was told to be dead, or not after all; `since` as the hospital said it.

    `whole` is set where a person takes a death back: then it holds for every record of the human.
    """

    wire: ClassVar[str] = "careloop.contacts-registry.note_death.v1"

    person_id: str
    dead: bool
    since: AwareDatetime | date | None = None
    whole: bool = False


class NoteConsent(RegistryCommand):
    """A human said, under this record, what they allow."""

    wire: ClassVar[str] = "careloop.contacts-registry.note_consent.v1"

    person_id: str
    purpose: Purpose
    granted: bool


class RecordInput(Command):
    """A resolved input is this person's. `input` is the data of the message type `input_type`.

    `input_id` names it for ever, however often and by whatever command it comes.
    """

    wire: ClassVar[str] = "careloop.contacts.record_input.v1"

    person_id: str
    input_id: str = ""
    input_type: str
    input: Personal[dict[str, Any]] = None
    human: Human | None = None


class NoteStanding(Standing, Command):
    """What the registry says of the human behind this record."""

    wire: ClassVar[str] = "careloop.contacts.note_standing.v1"

    person_id: str


class SetConsent(Command):
    """A person allows or forbids messages of a purpose."""

    wire: ClassVar[str] = "careloop.contacts.set_consent.v1"

    person_id: str
    purpose: Purpose
    granted: bool
    evidence: Personal[str] = None


class ConfirmClaim(Command):
    """A member of staff knows that what somebody claimed is true."""

    wire: ClassVar[str] = "careloop.contacts.confirm_claim.v1"

    person_id: str
    claim_id: str
    confirmed_by: str


class TakeBackClaims(Command):
    """What a touchpoint filled in of who this person is, when claims were not kept apart, is told as claimed."""

    wire: ClassVar[str] = "careloop.contacts.take_back_claims.v1"

    person_id: str


class ForgetPerson(Command):
    """The registry erased this person: what we hold in memory of them goes too."""

    wire: ClassVar[str] = "careloop.contacts.forget_person.v1"

    person_id: str


ContactsCommand = RecordInput | NoteStanding | SetConsent | ConfirmClaim | TakeBackClaims | ForgetPerson | AccessCommand
RegistryCommands = (
    ResolveIdentity
    | LearnKeys
    | DecideIdentity
    | MergePersons
    | UnmergePersons
    | DecideMerge
    | RequestErasure
    | DecideErasure
    | ErasePerson
    | ForgetKeys
    | ConfirmErasure
    | ExpireInput
    | NoteDeath
    | NoteConsent
)
