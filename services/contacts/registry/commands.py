"""Commands of the registry, which is one aggregate, and of the erasures that it decides on."""

from datetime import date
from typing import Any, ClassVar, Literal, Self

from pydantic import AwareDatetime, Field

from shared.contracts.base import Command, Part, Personal
from shared.contracts.contacts import Purpose, Traits

REGISTRY = "contacts-registry"
"""The name of the registry's decider."""


class RegistryCommand(Command):
    """Base of the registry's commands: one aggregate, one partition. `sealed_for`: whose data key encrypts it."""

    key_field: ClassVar[str] = "registry"
    seal_field: ClassVar[str | None] = "sealed_for"
    reborn: ClassVar[bool] = True

    registry: Literal["registry"] = "registry"
    sealed_for: str = ""

    @property
    def residue(self) -> str:
        """`input` if the command is encrypted with the input's own key, as an input without a number has no owner."""
        return "input" if self.sealed_for == getattr(self, "input_id", None) else ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The number whose key encrypts an input. Possibly no record has this number yet."""
        return (self.sealed_for,) if self.sealed_for and hasattr(self, "input_id") and not self.residue else ()


class Twin(Part):
    """The two keys of an id on a FHIR server: `named` with the server, `bare` without it as older versions wrote it.

    `foreign`: his_adapter knows that another server issued the bare id. `authority`: the trait of the bare id.
    """

    named: str
    bare: str
    authority: str = ""
    foreign: bool = False


class ResolveIdentity(RegistryCommand):
    """Resolve an input to a person id. All identifiers are HMACs.

    `strong`: identifiers of one person each. `phones`: phones and emails, may be shared. `beside`: phones of relatives.
    `records`: those of `strong` that are medical record numbers; they decide before the others.
    `same`: numbers that the hospital linked to this human; `apart`: numbers that it unlinked again.
    `aliases`: `same` are other numbers of the very record of `strong`, so that either identifies it.
    `name_key`: HMAC of name and birth date, as older versions of the registry stored it.
    `twins`: FHIR ids whose bare form counts only if one of `servers` (the names of one server) issued it.
    `traits`: None in commands of older versions. `carried`: the input itself, handed on once it is resolved; None if it
    was erased meanwhile. `message_keys`: keys of messages that an erasure would not reach otherwise.
    `sealed_with`: the key that the command was decrypted with.
    """

    wire: ClassVar[str] = "careloop.contacts-registry.resolve_identity.v1"

    input_id: str
    strong: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    aliases: bool = False
    phones: tuple[str, ...] = ()
    name_key: str | None = None
    message_keys: tuple[str, ...] = Field((), alias="boxes")
    carried_type: str
    carried: Personal[dict[str, Any]] = None
    records: tuple[str, ...] = ()
    traits: Traits | None = None
    beside: tuple[str, ...] = ()
    sealed_with: str = Field(default="", exclude=True)
    twins: tuple[Twin, ...] = ()
    servers: tuple[str, ...] = ()


class LearnKeys(RegistryCommand):
    """Teach the registry the keys of an existing record, computed with the current normalisation rules."""

    wire: ClassVar[str] = "careloop.contacts-registry.learn_keys.v1"

    person_id: str
    strong: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    traits: Traits = Traits()
    patient: bool = False


class DecideIdentity(RegistryCommand):
    """Decide whom an ambiguous input is about; `person_id` None registers a new person."""

    wire: ClassVar[str] = "careloop.contacts-registry.decide_identity.v1"

    input_id: str
    person_id: str | None = None
    decided_by: str


class MergePersons(RegistryCommand):
    """Merge two records of one human. `sealed_for` is the person id, as the reason may contain personal data."""

    wire: ClassVar[str] = "careloop.contacts-registry.merge_persons.v1"

    person_id: str
    merged_id: str
    reason: Personal[str] = None
    method: Literal["", "phone-and-name", "phone"] = ""


class UnmergePersons(RegistryCommand):
    """Undo a merge: `separated_id` becomes a separate human again."""

    wire: ClassVar[str] = "careloop.contacts-registry.unmerge_persons.v1"

    person_id: str
    separated_id: str
    reason: Personal[str] = None


class DecideMerge(RegistryCommand):
    """Decide whether two records that the registry proposed to merge are one human."""

    wire: ClassVar[str] = "careloop.contacts-registry.decide_merge.v1"

    proposal_id: str
    same: bool
    decided_by: str


class RequestErasure(RegistryCommand):
    """Request the erasure of a human; a second person must approve it."""

    wire: ClassVar[str] = "careloop.contacts-registry.request_erasure.v1"

    person_id: str
    requested_by: str


class DecideErasure(RegistryCommand):
    """Approve or decline a requested erasure."""

    wire: ClassVar[str] = "careloop.contacts-registry.decide_erasure.v1"

    person_id: str
    approved: bool
    decided_by: str


class ErasePerson(RegistryCommand):
    """Erase a human at once: every record of the cluster.

    A command of older versions that nothing sends any more. An approved erasure takes the same path.
    """

    wire: ClassVar[str] = "careloop.contacts-registry.erase_person.v1"

    person_id: str
    requested_by: str


class ForgetKeys(RegistryCommand):
    """Publish the next keys of an erased person (one event holds a limited number)."""

    wire: ClassVar[str] = "careloop.contacts-registry.forget_keys.v1"

    person_id: str


class ConfirmErasure(RegistryCommand):
    """Record that the data keys of an erased person are destroyed."""

    wire: ClassVar[str] = "careloop.contacts-registry.confirm_erasure.v1"

    person_id: str
    cluster: tuple[str, ...]


class ExpireInput(RegistryCommand):
    """Drop an input whose waiting time is over; without `input_id` all inputs encrypted for `sealed_for`."""

    wire: ClassVar[str] = "careloop.contacts-registry.expire_input.v1"

    input_id: str = ""


class NoteDeath(RegistryCommand):
    """Record a death or its withdrawal. `since`: time or date of death as reported.

    `whole`: set if staff withdraw a death, which then applies to every record of the human.
    """

    wire: ClassVar[str] = "careloop.contacts-registry.note_death.v1"

    person_id: str
    dead: bool
    since: AwareDatetime | date | None = None
    whole: bool = False

    @classmethod
    def by_staff(cls, person_id: str, dead: bool, since: AwareDatetime | date | None, **stamp: Any) -> Self:
        """What staff note: a death of this record, or its withdrawal for the whole human."""
        return cls(**stamp, person_id=person_id, dead=dead, since=since, whole=not dead)


class NoteConsent(RegistryCommand):
    """Record a consent that was given or refused under one record."""

    wire: ClassVar[str] = "careloop.contacts-registry.note_consent.v1"

    person_id: str
    purpose: Purpose
    granted: bool


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
