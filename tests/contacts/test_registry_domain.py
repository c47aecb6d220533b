"""The registry resolves inputs, merges and erases persons."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.contacts.registry.commands import (
    DecideIdentity,
    ErasePerson,
    MergePersons,
    ResolveIdentity,
    UnmergePersons,
)
from services.contacts.registry.domain import REGISTRY
from shared.contracts.base import changed
from shared.contracts.contacts import (
    IdentityAmbiguous,
    IdentityResolved,
    PersonErased,
    PersonsMerged,
    PersonsUnmerged,
    Traits,
)
from shared.ids import derive
from shared.testing import Spec
from tests.conftest import SHANGHAI

AT = datetime(2026, 3, 9, 10, 0, tzinfo=SHANGHAI)
RULES = Spec(REGISTRY)


def asked(
    input_id: str, strong: Sequence[str] = (), phones: Sequence[str] = (), name: str | None = None
) -> ResolveIdentity:
    return ResolveIdentity(
        id=input_id,
        at=AT,
        input_id=input_id,
        strong=tuple(strong),
        phones=tuple(phones),
        traits=traits(name),
        carried_type="t",
        carried={"x": 1},
        sealed_for="k",
    )


def traits(name: str | None) -> Traits:
    """`anna-1956`: a name and a year of birth."""
    name_key, _, birth_key = (name or "").partition("-")
    return Traits(name_key=name_key, birth_key=birth_key)


def people(*inputs: ResolveIdentity) -> list[IdentityResolved]:
    history, events = RULES.given(), []
    for one in inputs:
        events += history.when(one).events
    return events


ANNA, BEN = people(asked("anna", ["mrn-1"], ["phone"], "anna-1956"), asked("ben", ["mrn-2"], ["phone"], "ben-1980"))


def test_a_new_number_is_a_new_person_named_by_its_cause() -> None:
    resolved = RULES.when(asked("i", ["mrn-1"])).one(IdentityResolved)
    assert (resolved.method, resolved.person_id) == ("new", derive("i", "person"))


def linked(input_id: str, strong: str, same: Sequence[str] = (), apart: Sequence[str] = ()) -> ResolveIdentity:
    return changed(asked(input_id, [strong]), same=tuple(same), apart=tuple(apart))


def test_numbers_the_hospital_merged_make_two_records_one_human() -> None:
    result = RULES.given(ANNA, BEN).when(linked("m", "mrn-1", ["mrn-2", "mrn-9"]))
    merged = result.one(PersonsMerged)
    assert (merged.person_id, merged.cluster) == (ANNA.person_id, (ANNA.person_id, BEN.person_id))
    assert result.one(IdentityResolved).strong == ("mrn-9",)
    history = RULES.given(ANNA, BEN, *result.events)
    assert history.when(asked("later", ["mrn-9"])).one(IdentityResolved).person_id == ANNA.person_id
    history.when(linked("again", "mrn-1", ["mrn-2"])).then_only(IdentityResolved)


def test_either_name_of_one_record_is_enough_to_know_it() -> None:
    aliases = changed(linked("f", "fhir-7", ["mrn-1"]), aliases=True)
    resolved = RULES.given(ANNA, BEN).when(aliases).one(IdentityResolved)
    assert (resolved.person_id, resolved.strong) == (ANNA.person_id, ("fhir-7",))
    new = RULES.when(aliases).one(IdentityResolved)
    assert (new.method, set(new.strong)) == ("new", {"fhir-7", "mrn-1"})


def test_a_record_met_by_its_id_first_is_made_one_with_who_had_its_number() -> None:
    stay = RULES.when(asked("stay", ["fhir-7"])).one(IdentityResolved)
    aliases = changed(linked("f", "fhir-7", ["mrn-1"]), aliases=True)
    merged = RULES.given(ANNA, stay).when(aliases).one(PersonsMerged)
    assert set(merged.cluster) == {ANNA.person_id, stay.person_id}


def test_a_record_number_that_moves_to_another_record_is_a_question(  # a typo, or a newborn under its mother's number
) -> None:
    aliases = changed(linked("f", "fhir-7", ["mrn-1"]), aliases=True)
    seven = RULES.when(changed(linked("s", "fhir-7", ["mrn-7"]), aliases=True)).one(IdentityResolved)
    RULES.given(ANNA, seven).when(aliases).then_only(IdentityAmbiguous)


def test_numbers_the_hospital_unlinked_are_two_people_again() -> None:
    merged = RULES.given(ANNA, BEN).when(linked("m", "mrn-1", ["mrn-2"])).events
    history = RULES.given(ANNA, BEN, *merged)
    separated = history.when(linked("u", "mrn-1", apart=["mrn-2"])).one(PersonsUnmerged)
    assert separated.clusters == ((ANNA.person_id,), (BEN.person_id,))
    history.when(linked("again", "mrn-1", apart=["mrn-2"])).then_only(IdentityResolved)


def test_what_the_hospital_said_last_of_two_numbers_holds_in_whatever_order_it_comes() -> None:
    one, two = linked("m", "mrn-1", ["mrn-2"]), linked("u", "mrn-2", apart=["mrn-1"])
    later = timedelta(minutes=5)
    parted = RULES.given(ANNA, BEN)
    parted.when(changed(two, at=two.at + later)).then_only(IdentityResolved)
    parted.when(one).then_only(IdentityResolved)
    parted.when(changed(one, id="m2", input_id="m2", at=one.at + 2 * later)).one(PersonsMerged)
    merged = RULES.given(ANNA, BEN)
    merged.when(changed(one, at=one.at + later)).one(PersonsMerged)
    merged.when(two).then_only(IdentityResolved)


def test_a_merge_of_numbers_nobody_knows_makes_one_person() -> None:
    result = RULES.when(linked("m", "mrn-5", ["mrn-6"]))
    result.then_only(IdentityResolved)
    assert result.one(IdentityResolved).strong == ("mrn-5", "mrn-6")


def test_a_known_number_is_the_same_person_and_teaches_new_phones() -> None:
    resolved = RULES.given(ANNA).when(asked("i", ["mrn-1"], ["phone-2"])).one(IdentityResolved)
    assert (resolved.person_id, resolved.method, resolved.learned) == (ANNA.person_id, "identifier", ("phone-2",))


def test_the_carried_input_travels_on() -> None:
    assert ANNA.carried == {"x": 1}


def test_numbers_of_different_people_are_ambiguous_never_guessed() -> None:
    ambiguous = RULES.given(ANNA, BEN).when(asked("i", ["mrn-1", "mrn-2"])).one(IdentityAmbiguous)
    assert ambiguous.candidates == (ANNA.person_id, BEN.person_id)


def test_a_phone_alone_finds_the_only_person_who_has_it() -> None:
    resolved = RULES.given(ANNA).when(asked("i", phones=["phone"])).one(IdentityResolved)
    assert (resolved.person_id, resolved.method) == (ANNA.person_id, "phone")


def test_a_shared_phone_alone_is_ambiguous() -> None:
    RULES.given(ANNA, BEN).when(asked("i", phones=["phone"])).then_only(IdentityAmbiguous)


def test_a_shared_phone_with_name_and_birth_date_is_not() -> None:
    resolved = RULES.given(ANNA, BEN).when(asked("i", phones=["phone"], name="ben-1980")).one(IdentityResolved)
    assert (resolved.person_id, resolved.method) == (BEN.person_id, "phone-and-name")


def test_a_new_number_with_a_known_phone_but_another_name_is_somebody_else() -> None:
    resolved = RULES.given(ANNA).when(asked("i", ["mrn-9"], ["phone"], "child-2020")).one(IdentityResolved)
    assert resolved.method == "new"


def test_a_new_number_with_known_phone_name_and_birth_date_is_the_same_person() -> None:
    resolved = RULES.given(ANNA).when(asked("i", ["mrn-9"], ["phone"], "anna-1956")).one(IdentityResolved)
    assert (resolved.person_id, resolved.strong) == (ANNA.person_id, ("mrn-9",))


def test_a_person_settles_what_is_ambiguous() -> None:
    history = RULES.given(ANNA, BEN)
    history.when(asked("i", phones=["phone"]))
    decide = DecideIdentity(id="d", at=AT, input_id="i", person_id=BEN.person_id, decided_by="agent")
    resolved = history.when(decide).one(IdentityResolved)
    assert (resolved.person_id, resolved.method, resolved.carried) == (BEN.person_id, "decided", {"x": 1})
    history.when(decide).rejected("input-not-waiting")


def test_a_decision_for_somebody_unknown_is_rejected() -> None:
    history = RULES.given(ANNA, BEN)
    history.when(asked("i", phones=["phone"]))
    history.when(DecideIdentity(id="d", at=AT, input_id="i", person_id="x", decided_by="a")).rejected("person-unknown")


def test_a_merge_makes_one_cluster_and_a_shared_phone_is_no_longer_ambiguous() -> None:
    history = RULES.given(ANNA, BEN)
    merge = MergePersons(id="m", at=AT, person_id=ANNA.person_id, merged_id=BEN.person_id, reason="same")
    assert history.when(merge).one(PersonsMerged).cluster == (ANNA.person_id, BEN.person_id)
    history.when(merge).then_nothing()
    assert history.when(asked("i", phones=["phone"])).one(IdentityResolved).person_id == ANNA.person_id


def test_a_merge_can_be_undone() -> None:
    history = RULES.given(ANNA, BEN)
    history.when(MergePersons(id="m", at=AT, person_id=ANNA.person_id, merged_id=BEN.person_id, reason="same"))
    undo = UnmergePersons(id="u", at=AT, person_id=ANNA.person_id, separated_id=BEN.person_id, reason="wrong")
    assert history.when(undo).one(PersonsUnmerged).clusters == ((ANNA.person_id,), (BEN.person_id,))
    history.when(undo).rejected("not-merged")
    history.when(asked("i", phones=["phone"])).then_only(IdentityAmbiguous)


def test_nobody_can_be_merged_with_somebody_unknown() -> None:
    merge = MergePersons(id="m", at=AT, person_id=ANNA.person_id, merged_id="x", reason="same")
    RULES.given(ANNA).when(merge).rejected("person-unknown")


def test_an_erasure_names_every_key_of_the_human_and_forgets_the_numbers() -> None:
    history = RULES.given(ANNA, BEN)
    history.when(MergePersons(id="m", at=AT, person_id=ANNA.person_id, merged_id=BEN.person_id, reason="same"))
    erase = ErasePerson(id="e", at=AT, person_id=ANNA.person_id, requested_by="clerk")
    erased = history.when(erase).one(PersonErased)
    assert {ANNA.person_id, BEN.person_id, "mrn-1", "mrn-2", "phone"} <= set(erased.keys)
    history.when(erase).rejected("person-unknown")
    assert history.when(asked("i", ["mrn-1"])).one(IdentityResolved).method == "new"


def test_an_erasure_leaves_a_shared_phone_to_the_other_and_takes_the_raw_messages_along() -> None:
    boxed = changed(asked("more", ["mrn-1"]), message_keys=("raw-message",))
    history = RULES.given(ANNA, BEN)
    history.when(boxed)
    erased = history.when(ErasePerson(id="e", at=AT, person_id=ANNA.person_id, requested_by="c")).one(PersonErased)
    assert {"mrn-1", "raw-message", ANNA.person_id} <= set(erased.keys)
    assert "phone" not in erased.keys
    assert {"phone", "mrn-1"} <= set(erased.identifiers)
    assert history.when(asked("i", phones=["phone"])).one(IdentityResolved).person_id == BEN.person_id


def test_after_a_merge_phone_and_name_may_come_from_different_records() -> None:
    old = people(asked("old", ["mrn-3"], ["tel"]))[0]
    history = RULES.given(ANNA, old)
    history.when(MergePersons(id="m", at=AT, person_id=ANNA.person_id, merged_id=old.person_id, reason="same"))
    resolved = history.when(asked("i", ["mrn-9"], ["tel"], "anna-1956")).one(IdentityResolved)
    assert resolved.method == "phone-and-name"


NUMBERS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=2, unique=True)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12))
def test_a_number_never_belongs_to_two_people(inputs: list[tuple[list[str], list[str]]]) -> None:
    history = RULES.given()
    for at, (strong, phones) in enumerate(inputs):
        history.when(asked(f"i{at}", strong, [f"tel-{phone}" for phone in phones]))
    for key, owners in history.state.owners.items():
        assert key.startswith("tel-") or len(owners) == 1
