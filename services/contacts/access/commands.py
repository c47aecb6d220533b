"""Commands about who may read a person."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Command, Personal
from shared.contracts.bounds import MAX_TEXT_CHARACTERS
from shared.contracts.contacts_access import LONGEST_EMERGENCY, Relation

EmergencyMinutes = Annotated[int, Field(ge=1, le=LONGEST_EMERGENCY)]
"""Minutes that emergency access lasts; definitions of kind `access` say how many a role may have."""
Grounds = Annotated[str, Field(min_length=10, max_length=MAX_TEXT_CHARACTERS)]
"""Reason of emergency access: a privacy officer must be able to judge it."""


class NoteRelation(Relation, Command):
    """Record a relation of staff or a department to a person. Fields that are left out keep their value."""

    wire: ClassVar[str] = "careloop.contacts.note_relation.v1"

    person_id: str


class EndRelations(Command):
    """End every relation whose id contains `about` (a case, task or enrolment id) as a path segment."""

    wire: ClassVar[str] = "careloop.contacts.end_relations.v1"

    person_id: str
    about: str


class BreakGlass(Command):
    """Let somebody without permission read a person for some minutes in an emergency; opens a review.

    `roles`: those of `broken_by`.
    """

    wire: ClassVar[str] = "careloop.contacts.break_glass.v1"

    person_id: str
    review_id: str
    broken_by: str
    roles: tuple[str, ...] = ()
    minutes: EmergencyMinutes
    reason: Personal[str] = None


class ReviewAccess(Command):
    """The privacy officer's decision on a break-glass."""

    wire: ClassVar[str] = "careloop.contacts.review_access.v1"

    person_id: str
    review_id: str
    justified: bool
    reviewed_by: str
    note: Personal[str] = None


AccessCommand = NoteRelation | EndRelations | BreakGlass | ReviewAccess
