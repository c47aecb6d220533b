"""Commands about one person; the aggregate's key is the person id. Those of the registry: `registry/commands.py`."""

from typing import Any, ClassVar

from services.contacts.access.commands import AccessCommand
from shared.contracts.base import Command, Personal
from shared.contracts.contacts import Human, Purpose
from shared.contracts.contacts_standing import Standing


class RecordInput(Command):
    """Record a resolved input for a person. `input` is the data of the message type (wire name) `input_type`.

    `input_id` identifies the input: a second command with it is ignored.
    """

    wire: ClassVar[str] = "careloop.contacts.record_input.v1"

    person_id: str
    input_id: str = ""
    input_type: str
    input: Personal[dict[str, Any]] = None
    human: Human | None = None


class NoteStanding(Standing, Command):
    """Record the registry's standing (effective consents, death) of the human under one of their records."""

    wire: ClassVar[str] = "careloop.contacts.note_standing.v1"

    person_id: str


class SetConsent(Command):
    """Allow or forbid messages of a purpose."""

    wire: ClassVar[str] = "careloop.contacts.set_consent.v1"

    person_id: str
    purpose: Purpose
    granted: bool
    evidence: Personal[str] = None


class ConfirmClaim(Command):
    """Confirm a claim: its value becomes part of the details."""

    wire: ClassVar[str] = "careloop.contacts.confirm_claim.v1"

    person_id: str
    claim_id: str
    confirmed_by: str


class TakeBackClaims(Command):
    """Turn details that a touchpoint filled in, in logs of versions without claims, into claims."""

    wire: ClassVar[str] = "careloop.contacts.take_back_claims.v1"

    person_id: str


class ForgetPerson(Command):
    """Remove an erased person's data from the decider's state."""

    wire: ClassVar[str] = "careloop.contacts.forget_person.v1"

    person_id: str


ContactsCommand = RecordInput | NoteStanding | SetConsent | ConfirmClaim | TakeBackClaims | ForgetPerson | AccessCommand
