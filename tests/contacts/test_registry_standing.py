"""Which deaths and consents hold for all records of a human, and how a merge is undone."""

from datetime import date, timedelta
from typing import Any

from services.contacts.registry.commands import MergePersons, NoteConsent, NoteDeath, UnmergePersons
from services.contacts.registry.state import Registry
from shared.contracts.contacts import IdentityResolved, PersonsMerged, PersonsUnmerged
from shared.contracts.contacts_standing import DeathNoted, StandingChanged
from shared.testing import When
from tests.contacts.test_registry_domain import ANNA, AT, BEN, RULES, asked, people

CARL, DORA = people(asked("carl", ["mrn-3"]), asked("dora", ["mrn-4"]))
A, B, C, D = (person.person_id for person in (ANNA, BEN, CARL, DORA))


def start() -> When[Registry]:
    return RULES.given(ANNA, BEN, CARL, DORA)


def merge(one: str, other: str, id: str = "m") -> MergePersons:
    return MergePersons(id=id, at=AT, person_id=one, merged_id=other, reason="same")


def unmerge(one: str, other: str) -> UnmergePersons:
    return UnmergePersons(id="u", at=AT, person_id=one, separated_id=other, reason="wrong")


def no(person: str, granted: bool = False, later: timedelta = timedelta()) -> NoteConsent:
    return NoteConsent(id=f"c{person}", at=AT + later, person_id=person, purpose="survey", granted=granted)


def died(person: str, dead: bool = True, **more: Any) -> NoteDeath:
    return NoteDeath(id=f"d{person}", at=AT, person_id=person, dead=dead, **more)


def consent_after(history: When[Registry], command: Any) -> bool | None:
    standing = history.when(command).one(StandingChanged)
    consents: dict[Any, bool] = standing.consents
    return consents.get("survey")


def test_undoing_one_merge_of_a_chain_separates_what_hung_on_it() -> None:
    history = start()
    for one, other in ((A, B), (C, D), (A, C)):
        history.when(merge(one, other, one + other))
    assert history.when(unmerge(A, C)).one(PersonsUnmerged).clusters == ((A, B), (C, D))


def test_a_record_merged_through_another_is_separated_alone() -> None:
    history = start()
    for one, other in ((A, B), (B, C), (A, D)):
        history.when(merge(one, other, one + other))
    assert history.when(unmerge(A, B)).one(PersonsUnmerged).clusters == ((A, D), (B, C))
    assert history.when(unmerge(B, C)).one(PersonsUnmerged).clusters == ((B,), (C,))


def test_an_unmerge_of_older_logs_leaves_the_rest_one_human() -> None:
    """Then a record was separated alone, whatever it linked."""
    history = start()
    chain = [history.when(merge(one, other, one + other)).one(PersonsMerged) for one, other in ((A, B), (B, C))]
    old = PersonsUnmerged(at=AT, person_id=A, separated_id=B, clusters=((A, C), (B,)), reason="wrong")
    after = RULES.given(ANNA, BEN, CARL, *chain, old)
    assert after.when(unmerge(A, C)).one(PersonsUnmerged).clusters == ((A,), (C,))


def test_every_answer_tells_whose_record_it_is() -> None:
    history = start()
    merged = history.when(merge(A, B)).one(StandingChanged).human
    assert (merged.lead, merged.members) == (A, (A, B))
    assert history.when(asked("i", ["mrn-2"])).one(IdentityResolved).human == merged


def test_a_no_of_any_record_stands_until_the_human_says_yes_after_the_merge() -> None:
    history = start()
    history.when(no(B, granted=True))
    history.when(no(A))
    assert consent_after(history, merge(A, B)) is False
    assert consent_after(history, no(B, granted=True)) is True


def test_a_yes_from_before_the_merge_lifts_nothing() -> None:
    history = start()
    history.when(no(A))
    history.when(no(B, granted=True, later=timedelta(hours=1)))
    assert consent_after(history, merge(A, B)) is False


def test_an_unmerge_gives_each_record_its_own_word_back() -> None:
    history = start()
    history.when(no(A))
    history.when(merge(A, B))
    history.when(no(B, granted=True))
    consents = {e.human.lead: e.consents for e in history.when(unmerge(A, B)).events if isinstance(e, StandingChanged)}
    assert consents == {A: {"survey": False}, B: {"survey": True}}


def test_a_yes_said_under_two_records_outlives_the_parting_of_one() -> None:
    history = start()
    history.when(no(A))
    for other in (B, C):
        history.when(merge(A, other, other))
        history.when(no(other, granted=True))
    consents = {e.human.lead: e.consents for e in history.when(unmerge(A, C)).events if isinstance(e, StandingChanged)}
    assert consents[A] == {"survey": True}


def test_a_death_under_any_record_is_the_humans() -> None:
    history = start()
    history.when(merge(A, B))
    assert history.when(died(B)).one(StandingChanged).dead
    living = {e.human.lead: e.dead for e in history.when(unmerge(A, B)).events if isinstance(e, StandingChanged)}
    assert living == {A: False, B: True}


def test_a_human_is_dead_since_the_first_day_told_under_any_record() -> None:
    history = start()
    history.when(merge(A, B))
    history.when(died(A, since=date(2026, 3, 8)))
    assert history.when(died(B, since=date(2026, 3, 5))).one(StandingChanged).dead_since == date(2026, 3, 5)
    history.when(died(A, since=date(2026, 3, 9))).then_only(DeathNoted)


def test_a_death_is_taken_back_under_its_record_or_by_a_person_for_all() -> None:
    history = start()
    history.when(merge(A, B))
    history.when(died(A))
    history.when(died(B, dead=False)).then_nothing()
    result = history.when(died(B, dead=False, whole=True)).then_only(DeathNoted, DeathNoted, StandingChanged)
    assert not result.one(StandingChanged).dead


def test_what_is_known_is_not_told_again() -> None:
    history = start()
    history.when(died(A))
    history.when(died(A)).then_nothing()
    history.when(no(A))
    history.when(no(A)).then_nothing()


def test_nobody_has_fifty_records_but_a_placeholder() -> None:
    many = people(*(asked(f"i{n}", [f"n{n}"]) for n in range(51)))
    history = RULES.given(*many)
    for other in many[1:50]:
        history.when(merge(many[0].person_id, other.person_id, other.person_id))
    history.when(merge(many[0].person_id, many[50].person_id)).rejected("too-many-records")
