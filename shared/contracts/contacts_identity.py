"""Published by contacts' registry: who may be one human, what a record is known by, what identifies nobody any more."""

from typing import ClassVar, Literal

from shared.contracts.base import Moment
from shared.contracts.contacts import RegistryEvent, Traits


class MergeProposed(RegistryEvent):
    """Two records may be one human, and a person should say. Until then they are two."""

    wire: ClassVar[str] = "careloop.contacts.merge_proposed.v1"

    proposal_id: str
    candidates: tuple[str, str]
    reasons: tuple[str, ...]


class ProposalClosed(RegistryEvent):
    """Nobody needs to say any more whether two records are one human; declined ones stay two."""

    wire: ClassVar[str] = "careloop.contacts.proposal_closed.v1"

    proposal_id: str
    candidates: tuple[str, str]
    outcome: Literal["merged", "declined", "erased"]
    decided_by: str = ""


class KeysLearned(RegistryEvent):
    """What a record is known by, from what contacts told of it before: from logs of older versions, above all."""

    wire: ClassVar[str] = "careloop.contacts.keys_learned.v1"

    person_id: str
    strong: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    traits: Traits | None = None
    patient: bool = False

    @property
    def held(self) -> tuple[str, ...]:
        """All of it."""
        return (*self.strong, *self.learned, *self.beside)


class IdentifierShared(RegistryEvent):
    """An identifier was given for so many people that it identifies nobody any more (a switchboard, a ward's phone)."""

    wire: ClassVar[str] = "careloop.contacts.identifier_shared.v1"

    identifier: str
    people: int


class ErasureCarriedOut(RegistryEvent):
    """The keys of somebody who was erased are destroyed: what comes of their numbers now is of somebody new."""

    wire: ClassVar[str] = "careloop.contacts.erasure_carried_out.v1"

    person_id: str
    cluster: tuple[str, ...]


class InputDropped(RegistryEvent):
    """An input waits no longer, and its key goes: its time is over, or whoever it can be about was erased."""

    wire: ClassVar[str] = "careloop.contacts.input_dropped.v1"

    input_id: str
    reason: Literal["expired", "erased"]


class ErasureRequested(RegistryEvent):
    """Somebody wants this human, with all records of `cluster`, forgotten; another may approve it until `until`."""

    wire: ClassVar[str] = "careloop.contacts.erasure_requested.v1"

    person_id: str
    cluster: tuple[str, ...]
    requested_by: str
    until: Moment


class ErasureDeclined(RegistryEvent):
    """A second person said no to an erasure, or who asked for it took it back."""

    wire: ClassVar[str] = "careloop.contacts.erasure_declined.v1"

    person_id: str
    declined_by: str


class KeysForgotten(RegistryEvent):
    """More keys that are destroyed with somebody who was erased; `left` are still to be named."""

    wire: ClassVar[str] = "careloop.contacts.keys_forgotten.v1"

    person_id: str
    cluster: tuple[str, ...]
    keys: tuple[str, ...]
    left: int = 0
