"""Relations of staff to a person and emergency access: which events a command makes, and what is rejected."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.contacts.access.commands import BreakGlass, EndRelations, NoteRelation, ReviewAccess
from services.contacts.domain import DECIDER
from shared.contracts.base import changed, retold
from shared.contracts.bounds import MANY
from shared.contracts.contacts import PersonRegistered
from shared.contracts.contacts_access import Access, AccessReviewed, GlassBroken, RelationBegan, RelationEnded, parts_of
from shared.contracts.facts import Details
from shared.definitions import Definitions
from shared.testing import Spec

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = Spec(DECIDER)
KNOWN = PersonRegistered(at=NINE, person_id="p", details=Details())
TREATED = NoteRelation(
    id="1", at=NINE, person_id="p", relation_id="treated/EAST/CARD", kind="treated", department="CARD", seen=NINE
)
OPENED = NoteRelation(id="2", at=NINE, person_id="p", relation_id="case/c", kind="case", department="CARD", seen=NINE)
BREAK = BreakGlass(
    id="b", at=NINE, person_id="p", review_id="r", broken_by="nurse", minutes=20, reason="unconscious, in shock"
)
BROKEN = GlassBroken(
    at=NINE, person_id="p", review_id="r", broken_by="nurse", until=NINE + timedelta(minutes=20), reason=BREAK.reason
)
REVIEW = ReviewAccess(
    id="j", at=NINE, person_id="p", review_id="r", justified=True, reviewed_by="officer", note="seen in the ER"
)


def began(note: NoteRelation, **news: Any) -> RelationBegan:
    return changed(retold(RelationBegan, note), **news)


def ended(id: str, at: datetime = NINE) -> RelationEnded:
    return RelationEnded(at=at, person_id="p", relation_id=id)


def test_being_treated_there_is_told() -> None:
    RULES.given(KNOWN).when(TREATED).then(began(TREATED))


def test_being_treated_there_is_told_once_a_day_however_much_comes_of_that_day() -> None:
    given = RULES.given(KNOWN, began(TREATED))
    given.when(changed(TREATED, id="3", at=NINE + HOUR, seen=NINE + HOUR)).then_nothing()
    tomorrow = changed(TREATED, id="4", at=NINE + DAY, seen=NINE + DAY)
    given.when(tomorrow).then(began(tomorrow))


def test_an_old_visit_that_is_told_late_takes_nothing_from_a_newer_one() -> None:
    RULES.given(KNOWN, began(TREATED)).when(changed(TREATED, seen=NINE - 30 * DAY)).then_nothing()


def test_what_is_told_again_of_a_case_keeps_what_it_does_not_say() -> None:
    assigned = NoteRelation(id="3", at=NINE, person_id="p", relation_id="case/c", kind="case", staff=("li",), seen=NINE)
    given = RULES.given(KNOWN, began(OPENED))
    given.when(assigned).then(began(OPENED, staff=("li",)))
    given.when(changed(assigned, id="4", staff=("wu",))).then(began(OPENED, staff=("wu",)))
    given.when(changed(assigned, id="5", staff=("wu",))).then_nothing()


def test_what_is_over_ends_all_that_was_about_it_and_nothing_else() -> None:
    higher, other = (changed(OPENED, relation_id=parts_of(id)) for id in ("case/c/1", "case/cc"))
    given = RULES.given(KNOWN, began(TREATED), began(OPENED), began(higher), began(other))
    over = EndRelations(id="3", at=NINE, person_id="p", about="c")
    given.when(over).then(ended("case/c"), ended("case/c/1"))
    given.when(changed(over, id="4")).then_nothing()


def test_nothing_is_told_of_somebody_whom_nobody_registered() -> None:
    RULES.when(TREATED).then_nothing()


def test_where_there_are_many_the_oldest_visit_gives_way_before_anything_that_is_open() -> None:
    visits = [changed(TREATED, relation_id=("treated", str(n)), seen=NINE + n * DAY) for n in range(MANY - 1)]
    given = RULES.given(KNOWN, began(changed(OPENED, seen=NINE - DAY)), *(began(each) for each in visits))
    given.when(TREATED).then(ended("treated/0"), began(TREATED))
    assert len(given.state.relations) == MANY


def test_a_broken_glass_ends_by_itself_and_waits_for_its_review() -> None:
    given = RULES.given(KNOWN)
    given.when(BREAK).then(BROKEN)
    given.when(BREAK).then_nothing()
    assert (given.state.reviews, given.state.relations) == ({"r": "nurse"}, (BROKEN.relation,))


def test_a_glass_is_broken_for_an_hour_at_the_most_where_no_definition_of_the_role_says_otherwise() -> None:
    given = RULES.given(KNOWN)
    given.when(changed(BREAK, minutes=61)).rejected("emergency-too-long")
    given.when(changed(BREAK, minutes=60)).then_only(GlassBroken)
    for minutes in (0, 24 * 60 + 1):
        with pytest.raises(ValidationError):
            retold(BreakGlass, BREAK, leave=("minutes",), minutes=minutes)


def test_a_glass_is_broken_for_as_long_as_the_role_with_the_most_minutes_may() -> None:
    minutes = {"doctor": 90, "nurse": 15}
    access = (Access(id=id, version=1, reads="related", emergency_minutes=most) for id, most in minutes.items())
    given = Spec(DECIDER, Definitions.of(*access)).given(KNOWN)
    by_nurse, by_both = (changed(BREAK, roles=roles) for roles in (("nurse",), ("nurse", "doctor")))
    given.when(changed(by_nurse, minutes=16)).rejected("emergency-too-long")
    given.when(changed(by_both, minutes=91)).rejected("emergency-too-long")
    given.when(changed(by_both, minutes=90)).then_only(GlassBroken)


def test_the_glass_of_somebody_who_does_not_exist_cannot_be_broken() -> None:
    RULES.when(BREAK).rejected("person-unknown")


def test_glasses_break_only_as_often_as_somebody_looks_at_it() -> None:
    given = RULES.given(KNOWN, *(changed(BROKEN, review_id=f"r{n}") for n in range(MANY)))
    given.when(BREAK).rejected("reviews-waiting")


def test_somebody_else_than_who_broke_it_says_whether_it_had_to_be_and_once() -> None:
    given = RULES.given(KNOWN, BROKEN)
    given.when(changed(REVIEW, reviewed_by="nurse")).rejected("own-access-review")
    given.when(REVIEW).then(retold(AccessReviewed, REVIEW))
    given.when(changed(REVIEW, id="again")).rejected("access-review-settled")


def test_a_glass_that_had_not_to_be_broken_is_whole_again_at_once() -> None:
    no = changed(REVIEW, justified=False)
    RULES.given(KNOWN, BROKEN).when(no).then(retold(AccessReviewed, no), ended("glass/r"))
    late = changed(no, at=NINE + HOUR)
    RULES.given(KNOWN, BROKEN).when(late).then(retold(AccessReviewed, late))
