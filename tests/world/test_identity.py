"""Who is it? Other people's trouble with it, as cases: each stands for its kind."""

from datetime import timedelta
from typing import Any

import pytest

from services.contacts.identifying.citizens import check
from services.contacts.registry.commands import REGISTRY, ResolveIdentity
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, PersonsMerged, TouchpointRecorded
from shared.contracts.contacts_identity import IdentifierShared, MergeProposed, ProposalClosed
from shared.ids import identifier_key
from tests.world import World
from tests.world.cases import admission, one, play
from tests.world.promises import broken


def humans(world: World) -> list[set[str]]:
    """All humans, each as the set of its records."""
    registry = world.registry
    return [set(cluster) for cluster in {registry.cluster(person) for person in registry.held}]


def callers(world: World) -> list[str]:
    """The persons of the touchpoints, in order."""
    return [event.person_id for event in world.events(TouchpointRecorded)]


def same(world: World, *persons: str) -> bool:
    """Whether these records belong to one human."""
    return len({world.registry.cluster(person) for person in persons}) == 1


def asks(world: World) -> list[dict[str, Any]]:
    """The identity reviews that wait for a person's decision."""
    return list(world.documents("contacts.identity_reviews").values())


@pytest.mark.parametrize(
    ("case", "count"),
    [
        ("I04", 2),
        ("I05", 2),
        ("I08", 1),
        ("I11", 1),
        ("I14", 2),
        ("I31", 4),
        ("I32", 1),
        ("I33", 6),
        ("I34", 5),
        ("I35", 2),
        ("I36", 3),
        ("I37", 2),
    ],
)
def test_records_are_as_many_humans_as_they_are(case: str, count: int) -> None:
    world = play(case)
    assert len(humans(world)) == count, [(e.method, e.explanation) for e in world.events(IdentityResolved)]
    assert world.letters == []
    assert broken(world) == []


def test_another_name_on_the_line_is_another_person() -> None:
    world = play("I14")
    assert not same(world, callers(world)[0], world.person("100234"))


def test_a_phone_is_one_however_it_is_written() -> None:
    world = play("I30")
    assert [same(world, caller, world.person("A")) for caller in callers(world)] == [True] * 8


def test_the_number_of_the_mother_leaves_mother_and_child_two() -> None:
    world = play("I35")
    assert not same(world, world.person("M"), world.person("N"))
    assert world.events(IdentityAmbiguous, MergeProposed) == []


def test_two_record_numbers_of_one_human_are_proposed() -> None:
    world = play("I37")
    [proposal] = world.events(MergeProposed)
    assert set(proposal.candidates) == {world.person("A"), world.person("B")}
    assert [ask["kind"] for ask in asks(world)] == ["merge"]


def test_twins_are_not_even_proposed() -> None:
    assert play("I04").events(MergeProposed) == []


def test_two_national_numbers_are_two_people_whatever_else_agrees() -> None:
    world, alike = World(), {"name": "张^伟", "birth": "19491231", "phone": "13800138000"}
    for number, first in (("A", "11010519491231002"), ("B", "11010519491231003")):
        authority, national = f"HOSPITAL-{number}", f"{first}{check(first)}"
        one(world, "patient", {**alike, "number": number, "national": national, "authority": authority})
        world.rest()
    assert len(humans(world)) == 2
    assert world.events(IdentityAmbiguous, MergeProposed, PersonsMerged) == []


def test_a_record_number_of_somebody_else_altogether_is_a_question() -> None:
    world = play("I38")
    [ask] = world.events(IdentityAmbiguous)
    assert ask.candidates == (world.person("A"),)
    assert "another name, another birth date" in ask.explanation


def test_a_caller_who_is_admitted_is_one_human_and_her_next_call_is_hers() -> None:
    world = play("I40")
    [merged] = world.events(PersonsMerged)
    assert (merged.person_id, merged.method) == (world.person("A"), "phone")
    assert same(world, world.person("A"), *callers(world))
    assert world.events(IdentityAmbiguous, MergeProposed) == []


def test_a_named_caller_is_one_with_the_patient_of_that_name() -> None:
    world = play("I41")
    [merged] = world.events(PersonsMerged)
    assert (merged.person_id, merged.method) == (world.person("A"), "phone-and-name")
    assert same(world, world.person("A"), *callers(world))
    assert not same(world, world.person("A"), world.person("B"))


@pytest.mark.parametrize(("case", "number"), [("I42", "C"), ("I43", "A")])
def test_a_caller_who_may_be_somebody_else_is_proposed_and_her_next_call_is_hers(case: str, number: str) -> None:
    world = play(case)
    [proposal] = world.events(MergeProposed)
    first, second = callers(world)
    assert set(proposal.candidates) == {first, world.person(number)}
    assert first == second
    assert not same(world, first, world.person(number))


def test_a_caller_from_the_phone_of_two_is_proposed_for_each_and_joined_with_none() -> None:
    world = World()
    world.touch(phone="13800138000")
    world.rest()
    for number, name, birth in (("C", "王^小明", "20230101"), ("M", "张^建国", "19540412")):
        one(world, "patient", {"number": number, "name": name, "birth": birth, "phone": "13800138000"})
        world.rest()
    [caller] = callers(world)
    assert world.events(PersonsMerged) == []
    proposed = [set(proposal.candidates) for proposal in world.events(MergeProposed)]
    assert proposed == [{caller, world.person("C")}, {caller, world.person("M")}]


def test_what_a_person_took_apart_stays_two() -> None:
    world = play("I44")
    [caller] = callers(world)
    assert not same(world, caller, world.person("A"))
    assert len(world.events(PersonsMerged)) == 1
    assert world.events(MergeProposed) == []


def test_a_declined_proposal_is_not_made_again() -> None:
    world = play("I45")
    assert len(world.events(MergeProposed)) == 1
    assert [closed.outcome for closed in world.events(ProposalClosed)] == ["declined"]
    assert len(set(callers(world))) == 1
    assert asks(world) == []


def test_an_accepted_proposal_is_a_merge() -> None:
    world = play("I42")
    one(world, "propose", "same")
    world.rest()
    assert same(world, world.person("C"), *callers(world))
    assert [closed.outcome for closed in world.events(ProposalClosed)] == ["merged"]
    assert asks(world) == []


def test_what_was_decided_once_is_not_asked_again() -> None:
    world = play("I46")
    assert callers(world) == [world.person("B")] * 3
    assert len(world.events(IdentityAmbiguous)) == 1
    assert asks(world) == []


def test_an_input_that_waits_is_shown_with_its_candidates_and_reasons() -> None:
    world = World()
    one(world, "patient", {"number": "A", "name": "王^秀英", "birth": "19560412", "phone": "13800138000"})
    world.rest()
    one(world, "patient", {"number": "B", "name": "张^建国", "birth": "19540412", "phone": "13800138000"})
    world.rest()
    world.touch(phone="13800138000")
    world.rest()
    [ask] = asks(world)
    assert ask["kind"] == "input"
    assert ask["candidates"] == [world.person("A"), world.person("B")]
    assert ask["reasons"] == ["its phone is shared by several people"]
    assert ask["since"] == world.now


def test_a_phone_of_too_many_identifies_nobody_any_more() -> None:
    world = World()
    for number in range(25):
        one(world, "patient", {"number": f"P{number}", "name": f"张^伟{number:02}", "phone": "01062345678"})
        world.rest()
    [shared] = world.events(IdentifierShared)
    assert shared.people == 21
    assert max(map(len, world.registry.owners.values())) <= 20
    world.touch(phone="01062345678")
    world.rest()
    assert world.events(IdentityAmbiguous) == []
    assert world.documents("contacts.identities")[shared.identifier]["persons"] == []


def test_an_old_log_is_taught_and_what_collides_is_proposed() -> None:
    world = World()
    for number, phone in (("OLD1", "138-0013-8000"), ("OLD2", "+8613800138000")):
        world.send(REGISTRY, asked_before(world, number, phone))
        world.rest()
    assert world.events(PersonsMerged) == []
    [proposal] = world.events(MergeProposed)
    assert set(proposal.candidates) == {world.person("OLD1"), world.person("OLD2")}
    world.touch(phone="13800138000", name="李四")
    world.rest()
    assert len(humans(world)) == 3
    assert broken(world) == []


def asked_before(world: World, number: str, phone: str) -> ResolveIdentity:
    """A registry command with identifiers hashed as earlier versions did."""
    key = identifier_key(world.site_key, "MRN:CITY-HOSPITAL", number)
    identifier = {"system": "MRN:CITY-HOSPITAL", "key": key, "value": number}
    return ResolveIdentity(
        id=f"ask-{number}",
        at=world.now - timedelta(days=400),
        input_id=f"in-{number}",
        sealed_for=key,
        strong=(key,),
        phones=(identifier_key(world.site_key, "phone", phone),),
        name_key=identifier_key(world.site_key, "name-and-birth", "张 伟|1980-01-01"),
        carried_type="careloop.his-adapter.patient_details_reported.v1",
        carried={
            "patient_key": key,
            "patient": {"identifiers": [identifier], "name": "张 伟", "birth_date": "1980-01-01", "phones": [phone]},
            "message_id": number,
        },
    )


def test_a_caller_of_an_old_log_is_not_nameless_before_its_name_was_taught() -> None:
    world = World()
    phone = identifier_key(world.site_key, "phone", "13800138000")
    touch = {"touchpoint_id": "t", "channel": "phone", "direction": "inbound", "name": "李四"}
    touch |= {"identifiers": [{"system": "phone", "value": "13800138000"}]}
    fields = {"input_id": "in-t", "sealed_for": "in-t", "phones": (phone,), "message_keys": ("in-t",), "carried": touch}
    asked = {"id": "ask-t", "at": world.now, "carried_type": "careloop.contacts.touchpoint_reported.v1"}
    world.send(REGISTRY, ResolveIdentity.model_validate({**asked, **fields}))
    while world.deciders["contacts-registry"].step(world.random):
        pass  # the registry alone: nothing else has read of it yet
    world.hl7(admission("C1", number="A", name="王^秀英", birth="19560412", phone="13800138000"))
    world.rest()
    assert world.events(PersonsMerged, MergeProposed) == []
    assert len(humans(world)) == 2
