"""Published by contacts: relations between staff and persons, emergency access, and read permissions of roles."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.base import Event, Part, Personal
from shared.definitions import Definition
from shared.text_form import TextForm

WorkKind = Literal["treated", "case", "task", "call", "thread"]
RelationKind = WorkKind | Literal["glass"]
OPEN_KINDS: frozenset[WorkKind] = frozenset({"case", "task", "call", "thread"})
"""Relations that are open, or were until just now."""
MAX_STAFF = 20
LONGEST_EMERGENCY = 24 * 60
"""Minutes of emergency access that no definition can exceed."""

BREAK_GLASS = "POST /contacts/v1/persons/{person_id}/break-glass"
"""How somebody with a role reads a person without a relation, with a reason that is recorded."""


Parts = tuple[str, ...]


def parts_of(relation_id: str) -> Parts:
    """The kind of a relation and the ids that it is about, which slashes separate in its text form."""
    return tuple(relation_id.split("/"))


RelationId = Annotated[Parts, TextForm(parts_of, "/".join)]


class Relation(Part):
    """A relation of a department, campus or members of staff to a person. `staff`: `sub` claims of tokens.

    `relation_id`: unique for the person; the kind, then what it is about. `seen`: when it was last reported (of an
    appointment its time); `until`: when it ends by itself.
    """

    relation_id: RelationId
    kind: RelationKind
    department: str = ""
    campus: str = ""
    staff: Annotated[tuple[str, ...], Field(max_length=MAX_STAFF)] = ()
    seen: AwareDatetime
    until: AwareDatetime | None = None


class RelationBegan(Relation, Event):
    """A relation began. One with the same id replaces the earlier one."""

    wire: ClassVar[str] = "careloop.contacts.relation_began.v1"

    person_id: str


class RelationEnded(Event):
    """A relation ended, or was replaced as the oldest of too many."""

    wire: ClassVar[str] = "careloop.contacts.relation_ended.v1"

    person_id: str
    relation_id: RelationId


def glass_of(review_id: str) -> Parts:
    """The relation id of an emergency access, by its review id."""
    return parts_of(f"glass/{review_id}")


class GlassBroken(Event):
    """Emergency access: somebody may read a person until `until`; it must be reviewed."""

    wire: ClassVar[str] = "careloop.contacts.glass_broken.v1"

    person_id: str
    review_id: str
    broken_by: str
    until: AwareDatetime
    reason: Personal[str] = None

    @property
    def relation(self) -> Relation:
        """The emergency access as a relation."""
        id = glass_of(self.review_id)
        return Relation(relation_id=id, kind="glass", staff=(self.broken_by,), seen=self.at, until=self.until)


class AccessReviewed(Event):
    """An emergency access was reviewed by somebody else."""

    wire: ClassVar[str] = "careloop.contacts.access_reviewed.v1"

    person_id: str
    review_id: str
    justified: bool
    reviewed_by: str
    note: Personal[str] = None


class Access(Definition):
    """Whom a role may read. `roles`: its names in the token's claim; its `id` if empty.

    `reads`: `everyone`; `related`: persons with a matching relation; `open-with-me`: only while such a relation is
    open; or `nobody`. A relation matches if it names the caller, or if it is `within` the department or campus of the
    caller's claims (both must match if both are given; empty: anywhere). `kinds`: the relations that count.
    `treated_days`, `contact_days`: how long after the last visit or contact they count.
    `emergency_minutes`: how long emergency access (break-glass) of the role may last.
    """

    kind: ClassVar[str] = "access"
    owner: ClassVar[str] = "contacts"

    roles: tuple[str, ...] = ()
    reads: Literal["everyone", "related", "open-with-me", "nobody"]
    kinds: frozenset[WorkKind] = frozenset({"treated", *OPEN_KINDS})
    within: frozenset[Literal["department", "campus"]] = frozenset({"department"})
    treated_days: int = Field(180, ge=1, le=36_500)
    contact_days: int = Field(1, ge=1, le=366)
    emergency_minutes: int = Field(60, ge=1, le=LONGEST_EMERGENCY)

    @property
    def names(self) -> frozenset[str]:
        """The roles that it applies to."""
        return frozenset(self.roles or (self.id,))


class Campus(Definition):
    """The sending systems (`source_system` of facts) of a campus; `id` is its name in the token's claim."""

    kind: ClassVar[str] = "campus"
    owner: ClassVar[str] = "contacts"

    sources: tuple[str, ...]
