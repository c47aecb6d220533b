"""What contacts can be asked to do about who may read whom."""

from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Command, Personal
from shared.contracts.contacts_access import Relation


class NoteRelation(Relation, Command):
    """Somebody or a department has something to do with this person; what is left out stays as it was told."""

    wire: ClassVar[str] = "careloop.contacts.note_relation.v1"

    person_id: str


class EndRelations(Command):
    """That thing is over, and with it each relation in whose id it stands."""

    wire: ClassVar[str] = "careloop.contacts.end_relations.v1"

    person_id: str
    about: str


class BreakGlass(Command):
    """Somebody must read this person now, whom they otherwise may not."""

    wire: ClassVar[str] = "careloop.contacts.break_glass.v1"

    person_id: str
    review_id: str
    broken_by: str
    minutes: int = Field(ge=1, le=60)
    reason: Personal[str] = None


class ReviewAccess(Command):
    """Whether a glass had to be broken."""

    wire: ClassVar[str] = "careloop.contacts.review_access.v1"

    person_id: str
    review_id: str
    justified: bool
    reviewed_by: str
    note: Personal[str] = None


AccessCommand = NoteRelation | EndRelations | BreakGlass | ReviewAccess
