"""What ties staff to one person, and who broke the glass: told where it is news, and bounded. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from services.contacts.access_commands import AccessCommand, BreakGlass, EndRelations, NoteRelation, ReviewAccess
from services.contacts.state import Person
from shared.contracts.base import changed, narrowed, retold
from shared.contracts.bounds import MANY
from shared.contracts.contacts_access import (
    OPEN_KINDS,
    AccessReviewed,
    GlassBroken,
    Relation,
    RelationBegan,
    RelationEnded,
    glass_of,
)
from shared.decider import Rejection

AccessEvent = RelationBegan | RelationEnded | GlassBroken | AccessReviewed


def access(command: AccessCommand, person: Person) -> Sequence[AccessEvent] | Rejection:
    """What a command about who may read this person brings."""
    match command:
        case NoteRelation():
            return _note(command, person) if person.registered else []
        case EndRelations():
            over = [each.relation_id for each in person.relations if command.about in each.relation_id.split("/")[1:]]
            return [RelationEnded(at=command.at, person_id=command.person_id, relation_id=id) for id in over]
        case BreakGlass():
            return _break(command, person)
        case ReviewAccess():
            return _review(command, person)
        case _:
            assert_never(command)


def _note(c: NoteRelation, person: Person) -> list[AccessEvent]:
    """Treated there is told once a day, whatever comes of that day; anything else when it says something new."""
    known = next((each for each in person.relations if each.relation_id == c.relation_id), None)
    told = _with(known, narrowed(Relation, c))
    if known and (told == known or (told.kind == "treated" and told.seen.date() == known.seen.date())):
        return []
    room = _room(c, person) if known is None else []
    return [*room, retold(RelationBegan, told, at=c.at, person_id=c.person_id)]


def _with(known: Relation | None, told: Relation) -> Relation:
    """What is told now, and of what is left out what was told before."""
    if known is None:
        return told
    return changed(
        told,
        department=told.department or known.department,
        campus=told.campus or known.campus,
        staff=told.staff or known.staff,
        seen=max(told.seen, known.seen),
        until=told.until or known.until,
    )


def _room(c: NoteRelation | BreakGlass, person: Person) -> list[RelationEnded]:
    """Where there are many already, the oldest gives way; what is open goes last."""
    if len(person.relations) < MANY:
        return []
    oldest = min(person.relations, key=lambda each: (each.kind in OPEN_KINDS, each.seen))
    return [RelationEnded(at=c.at, person_id=c.person_id, relation_id=oldest.relation_id)]


def _break(c: BreakGlass, person: Person) -> Sequence[AccessEvent] | Rejection:
    if not person.registered:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    if c.review_id in person.reviews:
        return []
    if len(person.reviews) >= MANY:
        return Rejection("reviews-waiting", f"{MANY} reviews of this person wait for the privacy officer")
    until = c.at + timedelta(minutes=c.minutes)
    return [*_room(c, person), narrowed(GlassBroken, c, until=until)]


def _review(c: ReviewAccess, person: Person) -> Sequence[AccessEvent] | Rejection:
    if c.review_id not in person.reviews:
        return Rejection("access-review-settled", f"{c.review_id} was reviewed already, or is none of this person's")
    if person.reviews[c.review_id] == c.reviewed_by:
        return Rejection("own-access-review", "somebody else than who broke the glass must review it")
    return [retold(AccessReviewed, c), *(() if c.justified else _shut(c, person))]


def _shut(c: ReviewAccess, person: Person) -> list[RelationEnded]:
    """Whoever had no reason reads no further, even if their minutes are not over."""
    glass = (each for each in person.relations if each.relation_id == glass_of(c.review_id))
    return [
        RelationEnded(at=c.at, person_id=c.person_id, relation_id=each.relation_id)
        for each in glass
        if each.until and each.until > c.at
    ]


def accessed(person: Person, event: AccessEvent) -> Person:
    """What of it decides later."""
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


def _without(person: Person, relation_id: str) -> tuple[Relation, ...]:
    return tuple(each for each in person.relations if each.relation_id != relation_id)
