"""Published by contacts' registry: merge proposals, learned keys, shared identifiers, steps of an erasure."""

from typing import ClassVar, Literal

from shared.contracts.base import Moment
from shared.contracts.contacts import RegistryEvent, Traits


class MergeProposed(RegistryEvent):
    """Two records may be one human; a person must decide. Until then they are separate."""

    wire: ClassVar[str] = "careloop.contacts.merge_proposed.v1"

    proposal_id: str
    candidates: tuple[str, str]
    reasons: tuple[str, ...]


class ProposalClosed(RegistryEvent):
    """A merge proposal is settled. A declined pair stays separate."""

    wire: ClassVar[str] = "careloop.contacts.proposal_closed.v1"

    proposal_id: str
    candidates: tuple[str, str]
    outcome: Literal["merged", "declined", "erased"]
    decided_by: str = ""


class KeysLearned(RegistryEvent):
    """A record got keys for details that contacts published earlier (mostly logs of older versions)."""

    wire: ClassVar[str] = "careloop.contacts.keys_learned.v1"

    person_id: str
    strong: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    traits: Traits | None = None
    patient: bool = False

    @property
    def held(self) -> tuple[str, ...]:
        """All keys of the event."""
        return (*self.strong, *self.learned, *self.beside)


class IdentifierShared(RegistryEvent):
    """Too many persons have an identifier, so it identifies nobody any more (a switchboard, a ward's phone)."""

    wire: ClassVar[str] = "careloop.contacts.identifier_shared.v1"

    identifier: str
    people: int


class ErasureCarriedOut(RegistryEvent):
    """All keys of an erased human are destroyed: inputs with their numbers register somebody new."""

    wire: ClassVar[str] = "careloop.contacts.erasure_carried_out.v1"

    person_id: str
    cluster: tuple[str, ...]


class InputDropped(RegistryEvent):
    """An ambiguous input waits no longer and its key is destroyed: it expired, or its person was erased."""

    wire: ClassVar[str] = "careloop.contacts.input_dropped.v1"

    input_id: str
    reason: Literal["expired", "erased"]


class ErasureRequested(RegistryEvent):
    """The erasure of a human (all records of `cluster`) was requested; somebody else may approve it until `until`."""

    wire: ClassVar[str] = "careloop.contacts.erasure_requested.v1"

    person_id: str
    cluster: tuple[str, ...]
    requested_by: str
    until: Moment


class ErasureDeclined(RegistryEvent):
    """An erasure was declined by a second person, or withdrawn by the requester."""

    wire: ClassVar[str] = "careloop.contacts.erasure_declined.v1"

    person_id: str
    declined_by: str


class KeysForgotten(RegistryEvent):
    """Further keys of an erased human that are destroyed; `left` are still to be named."""

    wire: ClassVar[str] = "careloop.contacts.keys_forgotten.v1"

    person_id: str
    cluster: tuple[str, ...]
    keys: tuple[str, ...]
    left: int = 0
