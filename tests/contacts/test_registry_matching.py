"""Whom an input is about, rule by rule: what decides, what forbids, what is asked, what is only proposed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contacts.identifying.definitions import Identity
from services.contacts.registry.commands import DecideIdentity, DecideMerge, ErasePerson, LearnKeys, ResolveIdentity
from services.contacts.registry.domain import REGISTRY
from services.contacts.registry.traits import MAX_NAMES, PersonTraits, Profile, taught
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, PersonsMerged, Traits
from shared.contracts.contacts_identity import IdentifierShared, KeysLearned, MergeProposed, ProposalClosed
from shared.definitions import Definitions
from shared.testing import Spec, When
from tests.conftest import SHANGHAI

AT = datetime(2026, 3, 9, 10, 0, tzinfo=SHANGHAI)
HOSPITAL, CALL = "careloop.his-adapter.patient_admitted.v1", "careloop.contacts.touchpoint_reported.v1"
RULES = Spec(REGISTRY, Definitions.of(Identity(id="default", version=1, most_people=3)))
ANNA = Traits(name_key="anna", birth_key="1956", sex_key="f", authorities=("city",), adult=True)


def patient(id: str, number: str, phone: str = "", traits: Traits = ANNA, more: Sequence[str] = ()) -> ResolveIdentity:
    """The hospital tells of a record; `more` are numbers that number no record."""
    return ResolveIdentity(
        id=id,
        at=AT,
        input_id=id,
        sealed_for=number,
        strong=(number, *more),
        records=(number,),
        phones=(phone,) if phone else (),
        traits=traits,
        carried_type=HOSPITAL,
        carried={},
    )


def call(id: str, phone: str, name: str = "", strong: Sequence[str] = ()) -> ResolveIdentity:
    """Somebody calls."""
    keys = {"strong": tuple(strong), "phones": (phone,) if phone else (), "traits": Traits(name_key=name)}
    return ResolveIdentity(id=id, at=AT, input_id=id, sealed_for=id, carried_type=CALL, carried={}, **keys)


def after(*commands: Any) -> When[Any]:
    history = RULES.given()
    for command in commands:
        history.when(command)
    return history


def who(history: When[Any], command: ResolveIdentity) -> str:
    return str(history.when(command).one(IdentityResolved).person_id)


def test_the_record_number_decides_and_a_number_of_another_record_is_proposed() -> None:
    history = after(patient("a", "mrn-1", more=["card"]), patient("b", "mrn-2"))
    result = history.when(patient("c", "mrn-2", "tel", more=["card"]))
    assert result.one(IdentityResolved).strong == (), "the card stays whose it was"
    assert result.one(MergeProposed).reasons == ("both were given the same number",)


def test_a_card_of_somebody_born_on_another_day_names_somebody_else() -> None:
    other = Traits(name_key="anna", birth_key="1999")
    history = after(patient("a", "mrn-1", more=["card"]))
    result = history.when(patient("b", "east-2", traits=other, more=["card"]))
    assert (result.one(IdentityResolved).method, result.one(IdentityResolved).strong) == ("new", ("east-2",))
    result.then_only(IdentityResolved)


def test_a_card_with_a_mended_name_and_the_same_birth_date_names_the_same_person() -> None:
    mended = Traits(name_key="anne", birth_key="1956")
    resolved = after(patient("a", "mrn-1", more=["card"])).when(patient("b", "east-2", traits=mended, more=["card"]))
    assert resolved.one(IdentityResolved).method == "identifier"


def test_a_caller_with_the_card_of_another_name_is_a_question_and_asked_once() -> None:
    history = after(patient("a", "mrn-1", more=["card"]))
    asked = call("c", "", "ben", ["card"])
    assert history.when(asked).one(IdentityAmbiguous).explanation == "its number belongs to a person of another name"
    new = history.when(DecideIdentity(id="d", at=AT, input_id="c", decided_by="agent")).one(IdentityResolved)
    assert who(history, call("c2", "", "ben", ["card"])) == new.person_id
    history.when(call("c3", "", "carl", ["card"])).then_only(IdentityAmbiguous)


def test_numbers_of_two_records_are_asked_once_however_often_the_hospital_says_so() -> None:
    history = after(patient("a", "mrn-1"), patient("b", "mrn-2"))
    both = changed(patient("c", "mrn-1"), strong=("mrn-1", "mrn-2"), records=("mrn-1", "mrn-2"))
    history.when(both).then_only(IdentityAmbiguous)
    second = history.state.owners["mrn-2"][0]
    history.when(DecideIdentity(id="d", at=AT, input_id="c", person_id=second, decided_by="agent"))
    assert who(history, changed(both, id="e", input_id="e")) == second


def test_a_decision_settles_all_that_wait_for_the_same_answer_each_at_its_own_time() -> None:
    history = after(patient("a", "mrn-1", "tel"), patient("b", "mrn-2", "tel", Traits(name_key="ben")))
    for hours in range(3):
        history.when(changed(call(f"c{hours}", "tel"), at=AT + timedelta(hours=hours)))
    history.when(call("other", "tel", "carl"))
    [ben] = history.state.owners["mrn-2"]
    decide = DecideIdentity(id="d", at=AT + timedelta(days=9), input_id="c1", person_id=ben, decided_by="agent")
    settled = history.when(decide).events
    assert [(each.input_id, each.person_id, each.at.hour) for each in settled] == [
        ("c1", ben, 11),
        ("c0", ben, 10),
        ("c2", ben, 12),
    ]
    assert (len(history.state.waiting), len(history.state.alike)) == (0, 0)
    assert all(len(set(owners)) == len(owners) for owners in history.state.owners.values())


def test_a_callers_name_does_not_change_a_patients() -> None:
    history = after(patient("a", "mrn-1", "tel"), call("c", "tel", strong=["mrn-1"]))
    history.when(call("d", "tel", "ben", ["mrn-1"]))
    [anna] = history.state.owners["mrn-1"]
    assert history.state.traits[anna].names == ("anna",)


def test_a_former_name_is_still_hers_on_the_phone() -> None:
    history = after(patient("a", "mrn-1", "tel"), patient("b", "mrn-1", "tel", Traits(name_key="married")))
    assert who(history, call("c", "tel", "anna")) == who(history, call("d", "tel", "married"))
    traits = PersonTraits()
    for number in range(9):
        traits = taught(traits, Traits(name_key=f"{number}"), patient=True)
    assert len(traits.names) == MAX_NAMES
    assert traits.names[0] == "8"


def test_a_nameless_call_goes_to_who_called_before_and_not_to_a_patient_of_the_phone() -> None:
    child = Traits(name_key="child", birth_key="2023")
    history = RULES.given()
    caller = who(history, call("c", "tel"))
    history.when(patient("a", "mrn-1", "tel", child))
    assert who(history, call("d", "tel")) == caller


def test_a_wechat_user_is_joined_with_the_patient_of_phone_and_name_whoever_comes_first() -> None:
    user = call("w", "tel", "anna", ["openid"])
    for commands in ((user, patient("a", "mrn-1", "tel")), (patient("a", "mrn-1", "tel"), user)):
        merged = after(*commands[:1]).when(commands[1]).one(PersonsMerged)
        assert merged.method == "phone-and-name"
        assert merged.cluster[0] == after(*commands).state.owners["mrn-1"][0], "the patient leads"


def test_a_phone_stops_identifying_with_one_person_too_many_and_says_so_once() -> None:
    people = [patient(f"p{n}", f"mrn-{n}", "tel", Traits(name_key=f"n{n}")) for n in range(6)]
    history = RULES.given()
    shared = [event for one in people for event in history.when(one).events if isinstance(event, IdentifierShared)]
    assert [(event.identifier, event.people) for event in shared] == [("tel", 4)]
    assert "tel" not in history.state.owners
    assert history.when(call("c", "tel")).one(IdentityResolved).method == "new"


def test_what_older_versions_never_said_is_learned_once_and_joins_nobody() -> None:
    old = [
        IdentityResolved(
            at=AT,
            person_id=person,
            method="new",
            explanation="",
            strong=(number,),
            learned=(phone,),
            input_id=person,
            carried_type=HOSPITAL,
        )
        for person, number, phone in (("x", "mrn-1", "+86tel"), ("y", "mrn-2", "tel"))
    ]
    history = RULES.given(*old)
    assert not history.state.profile("x").whole
    taught_x = LearnKeys(id="x", at=AT, person_id="x", strong=("mrn-1",), phones=("tel",), traits=ANNA, patient=True)
    assert history.when(taught_x).one(KeysLearned).learned == ("tel",)
    history.when(taught_x).then_nothing()
    history.when(LearnKeys(id="y", at=AT, person_id="y", phones=("tel",), traits=ANNA, patient=True)).then_only(
        KeysLearned, MergeProposed
    )
    assert history.state.cluster("x") == ("x",)
    history.when(LearnKeys(id="z", at=AT, person_id="z", phones=("tel",))).rejected("person-unknown")


def test_what_is_taught_never_joins_even_a_caller_with_the_patient_of_phone_and_name() -> None:
    caller = {"at": AT, "person_id": "x", "method": "new", "explanation": "", "input_id": "x", "carried_type": CALL}
    history = RULES.given(IdentityResolved(**caller, learned=("+86tel",)))
    history.when(patient("a", "mrn-1", "tel"))
    learn = LearnKeys(id="l", at=AT, person_id="x", phones=("tel",), traits=Traits(name_key="anna"))
    history.when(learn).then_only(KeysLearned, MergeProposed)


def test_a_caller_of_an_older_version_is_not_nameless_before_it_is_taught() -> None:
    call_before = IdentityResolved(
        at=AT,
        person_id="x",
        method="new",
        explanation="",
        learned=("tel",),
        input_id="x",
        carried_type=CALL,
    )
    history = RULES.given(call_before)
    history.when(patient("a", "mrn-1", "tel")).then_only(IdentityResolved)
    ben = LearnKeys(id="x", at=AT, person_id="x", phones=("tel",), traits=Traits(name_key="ben"))
    history.when(ben).then_only(KeysLearned)


def test_a_proposal_ends_with_whom_it_was_about() -> None:
    history = after(call("c", "tel"), patient("a", "mrn-1", "tel", Traits(name_key="child")))
    [id] = history.state.proposals
    [person] = history.state.owners["mrn-1"]
    result = history.when(ErasePerson(id="e", at=AT, person_id=person, requested_by="clerk"))
    assert result.one(ProposalClosed).outcome == "erased"
    assert (len(history.state.proposals), len(history.state.proposed)) == (0, 0)
    history.when(DecideMerge(id="d", at=AT, proposal_id=id, same=True, decided_by="a")).rejected("proposal-not-open")


def test_two_humans_clash_in_what_both_say_and_in_nothing_else() -> None:
    one = Profile.of(
        PersonTraits(names=("anna",), birth="1956", national="1"), PersonTraits(names=("anne",), authorities=("c",))
    )
    assert one.clash(Profile.of(PersonTraits(names=("anne",), national="2", sex="m"))) == {"national"}
    assert one.clash(Profile.of(PersonTraits(authorities=("c",)))) == {"authority"}
    assert one.clash(Profile.of(PersonTraits())) == frozenset()


@pytest.mark.parametrize(("family", "joined"), [(3, True), (2, False)])
def test_a_hospital_says_of_how_many_people_a_phone_may_be_to_join_two(family: int, joined: bool) -> None:
    history = Spec(REGISTRY, Definitions.of(Identity(id="default", version=1, family=family))).given()
    for command in (call("c", "tel", "anna"), patient("b", "mrn-2", "tel", Traits(name_key="ben", adult=True))):
        history.when(command)
    result = history.when(patient("a", "mrn-1", "tel"))
    assert ("PersonsMerged" in {type(event).__name__ for event in result.events}) is joined
