"""Relations of staff to a person and break-glass: publishes only changes, and bounds their number. Pure."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import assert_never

from services.contacts.access.commands import AccessCommand, BreakGlass, EndRelations, NoteRelation, ReviewAccess
from services.contacts.person.state import Person
from shared.contracts.base import changed, narrowed, retold
from shared.contracts.bounds import MANY
from shared.contracts.contacts_access import (
    OPEN_KINDS,
    Access,
    AccessReviewed,
    GlassBroken,
    Parts,
    Relation,
    RelationBegan,
    RelationEnded,
    glass_of,
)
from shared.decider import Rejection
from shared.definitions import Definitions

AccessEvent = RelationBegan | RelationEnded | GlassBroken | AccessReviewed


def decide_access(
    command: AccessCommand, person: Person, definitions: Definitions
) -> Sequence[AccessEvent] | Rejection:
    """Decide a command about who may read this person.

    Rejects with `person-unknown`, `emergency-too-long`, `reviews-waiting`, `access-review-settled` or
    `own-access-review`.
    """
    match command:
        case NoteRelation():
            return _note(command, person) if person.registered else []
        case EndRelations():
            relation_ids = (relation.relation_id for relation in person.relations)
            ended = [id for id in relation_ids if command.about in id[1:]]
            return [RelationEnded(at=command.at, person_id=command.person_id, relation_id=id) for id in ended]
        case BreakGlass():
            return _break(command, person, definitions)
        case ReviewAccess():
            return _review(command, person)
        case _:
            assert_never(command)


def _note(c: NoteRelation, person: Person) -> list[AccessEvent]:
    """Publish a new or changed relation; one of the kind `treated` at most once per day."""
    previous = next((relation for relation in person.relations if relation.relation_id == c.relation_id), None)
    relation = _merged(previous, narrowed(Relation, c))
    if previous:
        same_day = relation.seen.date() == previous.seen.date()
        if relation == previous or (relation.kind == "treated" and same_day):
            return []
    dropped = [] if previous else _drop_oldest(c, person)
    return [*dropped, retold(RelationBegan, relation, at=c.at, person_id=c.person_id)]


def _merged(previous: Relation | None, relation: Relation) -> Relation:
    """The relation, with the previous value of each field that it leaves empty."""
    if previous is None:
        return relation
    return changed(
        relation,
        department=relation.department or previous.department,
        campus=relation.campus or previous.campus,
        staff=relation.staff or previous.staff,
        seen=max(relation.seen, previous.seen),
        until=relation.until or previous.until,
    )


def _drop_oldest(c: NoteRelation | BreakGlass, person: Person) -> list[RelationEnded]:
    """If the person has `MANY` relations, end the oldest one, open kinds (`OPEN_KINDS`) last."""
    if len(person.relations) < MANY:
        return []
    oldest = min(person.relations, key=lambda relation: (relation.kind in OPEN_KINDS, relation.seen))
    return [RelationEnded(at=c.at, person_id=c.person_id, relation_id=oldest.relation_id)]


def _break(c: BreakGlass, person: Person, definitions: Definitions) -> Sequence[AccessEvent] | Rejection:
    if not person.registered:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    if c.review_id in person.reviews:
        return []
    if reason := too_long(c.minutes, c.roles, definitions):
        return Rejection("emergency-too-long", reason)
    if len(person.reviews) >= MANY:
        return Rejection("reviews-waiting", f"{MANY} reviews of this person wait for the privacy officer")
    until = c.at + timedelta(minutes=c.minutes)
    return [*_drop_oldest(c, person), narrowed(GlassBroken, c, until=until)]


def too_long(minutes: int, roles: Iterable[str], definitions: Definitions) -> str:
    """Why emergency access cannot last so many minutes; "" if it can.

    The longest that a definition grants one of the roles counts, the default where none is about them.
    """
    own = (rule.emergency_minutes for rule in definitions.current(Access) if not rule.names.isdisjoint(roles))
    longest = max(own, default=Access.model_fields["emergency_minutes"].default)
    return f"emergency access lasts {longest} minutes at most" if minutes > longest else ""


def _review(c: ReviewAccess, person: Person) -> Sequence[AccessEvent] | Rejection:
    if c.review_id not in person.reviews:
        return Rejection("access-review-settled", f"{c.review_id} was reviewed already, or is none of this person's")
    if person.reviews[c.review_id] == c.reviewed_by:
        return Rejection("own-access-review", "somebody else than who broke the glass must review it")
    return [retold(AccessReviewed, c), *(() if c.justified else _revoke(c, person))]


def _revoke(c: ReviewAccess, person: Person) -> list[RelationEnded]:
    """End unjustified emergency access that has not expired yet."""
    granted = (relation for relation in person.relations if relation.relation_id == glass_of(c.review_id))
    return [
        RelationEnded(at=c.at, person_id=c.person_id, relation_id=relation.relation_id)
        for relation in granted
        if relation.until and relation.until > c.at
    ]


def evolve_access(person: Person, event: AccessEvent) -> Person:
    """Apply an event to the state that `decide_access` reads."""
    match event:
        case RelationBegan():
            return changed(person, relations=(*_without(person, event.relation_id), narrowed(Relation, event)))
        case RelationEnded():
            return changed(person, relations=_without(person, event.relation_id))
        case GlassBroken():
            relations = (*_without(person, event.relation.relation_id), event.relation)
            return changed(person, relations=relations, reviews={**person.reviews, event.review_id: event.broken_by})
        case AccessReviewed():
            left = {id: by for id, by in person.reviews.items() if id != event.review_id}
            return changed(person, reviews=left)
        case _:
            assert_never(event)


def _without(person: Person, relation_id: Parts) -> tuple[Relation, ...]:
    return tuple(relation for relation in person.relations if relation.relation_id != relation_id)
