"""Published by contacts: what ties staff to a person, who broke the glass, and which role reads whom."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.base import Event, Part, Personal
from shared.definitions import Definition

Tie = Literal["treated", "case", "task", "call", "thread"]
RelationKind = Tie | Literal["glass"]
OPEN_KINDS: frozenset[Tie] = frozenset({"case", "task", "call", "thread"})
"""What is open with somebody, or was just now."""
MOST_STAFF = 20

BREAK_GLASS = "POST /contacts/v1/persons/{person_id}/break-glass"
"""How somebody with a role reads a person whom nothing ties to them, for a reason that is recorded."""


class Relation(Part):
    """What ties a department, a campus or members of staff to a person. `staff` are names as in the token's `sub`.

    `relation_id` names it among those of the person, in parts: the kind, then what it is about. `seen` is when it was
    told last (of an appointment, when that is); what ends by itself says `until`.
    """

    relation_id: str
    kind: RelationKind
    department: str = ""
    campus: str = ""
    staff: Annotated[tuple[str, ...], Field(max_length=MOST_STAFF)] = ()
    seen: AwareDatetime
    until: AwareDatetime | None = None


class RelationBegan(Relation, Event):
    """A person has something to do with a department or with somebody. Told again it replaces what was told."""

    wire: ClassVar[str] = "careloop.contacts.relation_began.v1"

    person_id: str


class RelationEnded(Event):
    """That is over: what was open is closed, or so old that newer ones took its place."""

    wire: ClassVar[str] = "careloop.contacts.relation_ended.v1"

    person_id: str
    relation_id: str


def glass_of(review_id: str) -> str:
    """The relation that a broken glass is, by its review."""
    return f"glass/{review_id}"


class GlassBroken(Event):
    """Somebody reads a person whom they otherwise may not, until then: theirs alone, and to be reviewed."""

    wire: ClassVar[str] = "careloop.contacts.glass_broken.v1"

    person_id: str
    review_id: str
    broken_by: str
    until: AwareDatetime
    reason: Personal[str] = None

    @property
    def relation(self) -> Relation:
        """What it is to readers."""
        id = glass_of(self.review_id)
        return Relation(relation_id=id, kind="glass", staff=(self.broken_by,), seen=self.at, until=self.until)


class AccessReviewed(Event):
    """Somebody else said whether it had to be."""

    wire: ClassVar[str] = "careloop.contacts.access_reviewed.v1"

    person_id: str
    review_id: str
    justified: bool
    reviewed_by: str
    note: Personal[str] = None


class Access(Definition):
    """Whom a role may read. `roles` are its names in the token's claim; where it has none, its `id` is.

    `reads`: `everyone`; `related`, of whom a relation counts; `open-with-me`, as long as that is something open; or
    `nobody`. A relation counts if it names the caller, or if it is `within` what the caller has a claim to: their
    department, their campus, both; anywhere where `within` is empty. `kinds` says which relations, `treated_days` and
    `contact_days` how long after the last visit or contact.
    """

    kind: ClassVar[str] = "access"
    owner: ClassVar[str] = "contacts"

    roles: tuple[str, ...] = ()
    reads: Literal["everyone", "related", "open-with-me", "nobody"]
    kinds: frozenset[Tie] = frozenset({"treated", *OPEN_KINDS})
    within: frozenset[Literal["department", "campus"]] = frozenset({"department"})
    treated_days: int = Field(180, ge=1, le=36_500)
    contact_days: int = Field(1, ge=1, le=366)

    @property
    def names(self) -> frozenset[str]:
        """The roles it is about."""
        return frozenset(self.roles or (self.id,))


class Campus(Definition):
    """Which sending systems (`source_system` of facts) are those of a campus; `id` is its name in the token's claim."""

    kind: ClassVar[str] = "campus"
    owner: ClassVar[str] = "contacts"

    sources: tuple[str, ...]
