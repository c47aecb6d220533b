"""After an erasure no ciphertext that tells of the patient opens, on any topic and at any stage of what came in."""

from typing import Any

import pytest

from services.complaints.commands import OpenCase, ResolveCase
from services.contacts.erasure.certificate import certificate
from services.contacts.registry.commands import REGISTRY, DecideIdentity, ErasePerson
from tests.world import World
from tests.world.cases import admission
from tests.world.checkpoints import run
from tests.world.lives import HAPPENINGS, RandomLife, called
from tests.world.sealed import SealedLog

NAME, PHONE, NUMBER, MAIL = "王秀英", "13800138000", "100234", "xiuying@x.example"
MARKS = (NAME, "王^秀英", PHONE, NUMBER, MAIL, "she wept")
OTHER = "13900139000"


def readable_topics(world: World) -> dict[str, int]:
    """Topic → number of ciphertexts on it that still open and contain data of the patient."""
    assert isinstance(world.log, SealedLog)
    topics: dict[str, int] = {}
    for topic, clear in world.log.opened():
        if any(mark in clear for mark in MARKS):
            topics[topic] = topics.get(topic, 0) + 1
    return topics


def admitted(world: World) -> World:
    world.hl7(admission("A1", NUMBER, name="王^秀英", birth="19560412", phone=PHONE, mail=MAIL))
    world.hl7(admission("B1", "200", name="张^伟", birth="19700101", phone=OTHER))
    return world.rest()


def erase(world: World) -> None:
    person = world.person(NUMBER)
    world.send(REGISTRY, ErasePerson(id=f"erase-{person}", at=world.now, person_id=person, requested_by="desk"))


def of_type(kind: str, id: str, more: str = "") -> str:
    """A message about the patient, of a given type."""
    lines = [
        rf"MSH|^~\&|HIS|CITY|CL|CITY|20260309100000||{kind}|{id}|P|2.5",
        f"PID|1||{NUMBER}^^^CITY-HOSPITAL^MR||王^秀英||19560412|F",
    ]
    return "\r".join([*lines, *([more] if more else [])])


def of_two(kind: str, id: str) -> str:
    """A message about the patient and another patient."""
    return f"{of_type(kind, id)}\rPID|2||200^^^CITY-HOSPITAL^MR||张^伟"


COMING = {
    "a type that nobody translates": [of_type("VXU^V04", "X1")],
    "no news": [admission("A2", NUMBER, name="王^秀英", birth="19560412", phone=PHONE, mail=MAIL)],
    "a type that nobody translates, of two patients": [of_two("VXU^V04", "X3")],
    "a number beside one that nobody knows": [
        of_type("VXU^V04", "X4").replace("PID|1||", "PID|1||0^^^CITY-HOSPITAL^MR~")
    ],
    "broken at the door": [of_type("ADT^A01", "")],
    "refused in translation": [of_type("ADT^A43", "X2", f"MRG|{NUMBER}^^^CITY-HOSPITAL^MR")],
}


@pytest.mark.parametrize("kind", COMING)
def test_what_came_of_a_patient_opens_for_nobody(kind: str) -> None:
    world = admitted(World(sealed=True))
    for text in COMING[kind]:
        world.hl7(text)
    assert readable_topics(world.rest())
    erase(world)
    assert readable_topics(world.rest()) == {}


def test_what_names_two_patients_goes_with_either() -> None:
    world = admitted(World(sealed=True))
    world.hl7(of_two("VXU^V04", "X3"))
    other = world.person("200")
    world.rest()
    world.send(REGISTRY, ErasePerson(id="erase", at=world.now, person_id=other, requested_by="desk"))
    world.rest()
    assert isinstance(world.log, SealedLog)
    assert not [clear for _, clear in world.log.opened() if "张^伟" in clear or "张伟" in clear]
    assert readable_topics(world)


def test_what_was_resolved_in_a_case_opens_for_nobody() -> None:
    world = admitted(World(sealed=True))
    person = world.person(NUMBER)
    case = {"case_id": "k", "person_id": person, "category": "complaint", "severity": "low", "source": "phone"}
    case |= {"source_id": "s", "description": "she wept"}
    world.ask("complaints", OpenCase.model_validate({"id": "o", "at": world.now, **case}))
    resolution = {"id": "r", "at": world.now, "case_id": "k", "resolved_by": "lin", "resolution": "she wept no more"}
    world.ask("complaints", ResolveCase.model_validate({**resolution, "person_id": person}))
    erase(world)
    assert readable_topics(world.rest()) == {}


def test_a_call_that_no_number_names_goes_with_whose_it_was() -> None:
    world = admitted(World(sealed=True))
    world.touch(name=NAME, phone=PHONE)
    world.touch(name=NAME, phone="13700137000")
    world.rest()
    erase(world)
    world.rest()
    assert isinstance(world.log, SealedLog)
    assert not [clear for _, clear in world.log.opened() if PHONE in clear]
    assert readable_topics(world), "a caller of the same name from another phone is somebody else"


def test_a_call_that_may_be_of_two_stays_until_both_are_gone() -> None:
    world = admitted(World(sealed=True))
    world.hl7(admission("C1", "300", name="李^四", birth="19800101", phone=PHONE))
    world.rest()
    world.touch(phone=PHONE)
    world.rest()
    assert len(world.registry.waiting) == 1
    erase(world)
    world.rest()
    [waiting] = world.registry.waiting.values()
    assert waiting.candidates == (world.person("300"),)
    both = ErasePerson(id="erase", at=world.now, person_id=world.person("300"), requested_by="desk")
    world.send(REGISTRY, both)
    world.rest()
    assert not world.registry.waiting
    assert readable_topics(world) == {}


def of_another(world: World) -> int:
    """Number of ciphertexts that still open and contain data of a patient who was never erased."""
    assert isinstance(world.log, SealedLog)
    return len([clear for _, clear in world.log.opened() if "赵^小宝" in clear or "赵小宝" in clear])


def certified(world: World, person: str) -> dict[str, Any]:
    """The certificate of an erasure."""
    assert isinstance(world.log, SealedLog)
    return run(certificate(world.log.there, world.documents("contacts.erasures")[person]))


def test_a_number_whose_messages_are_of_two_is_destroyed_with_the_last_of_them() -> None:
    world = admitted(World(sealed=True))
    world.hl7(admission("N1", NUMBER, name="赵^小宝", birth="20260301", event="A08", at="11:00"))
    world.rest()
    [asked] = world.registry.waiting
    world.send(REGISTRY, DecideIdentity(id="decide", at=world.now, input_id=asked, decided_by="desk"))
    world.rest()
    mother, [baby] = world.person(NUMBER), [at for at in world.registry.held if "赵小宝" in str(world.view(at))]
    erase(world)
    before = of_another(world)
    assert of_another(world.rest()) == before
    assert not certified(world, mother)["complete"]
    world.send(REGISTRY, ErasePerson(id="erase", at=world.now, person_id=baby, requested_by="desk"))
    assert of_another(world.rest()) == 0
    assert readable_topics(world) == {}
    assert certified(world, mother)["complete"]


def test_what_stands_in_place_of_a_number_is_not_destroyed_with_one_of_those_it_was_written_for() -> None:
    world = World(sealed=True)
    world.hl7(admission("A1", "TBD", name="王^秀英", birth="19560412", phone=PHONE, visit="V1"))
    world.rest()
    world.hl7(admission("N1", "TBD", name="赵^小宝", birth="20260301", event="A08", at="11:00"))
    world.rest()
    [first, other] = sorted(world.registry.held, key=lambda at: "王秀英" not in str(world.view(at)))
    before = of_another(world)
    for person in (first, other):
        assert of_another(world) == before
        world.send(REGISTRY, ErasePerson(id=f"erase-{person}", at=world.now, person_id=person, requested_by="desk"))
        world.rest()
        assert certified(world, first)["complete"] == (person == other)
    assert of_another(world) == 0
    assert readable_topics(world) == {}


def ghosts(world: World) -> list[str]:
    """Persons in the registry who have no other data."""
    return [person for person in world.registry.held if not world.state("contacts", person).registered]


@pytest.mark.parametrize("seed", range(40))
def test_what_was_under_way_when_somebody_was_erased_tells_of_nobody(seed: int) -> None:
    world = World(seed, sealed=True, faults=0.1 * (seed % 2), transactions=seed % 3 > 0)
    admitted(world)
    world.hl7(admission("A3", NUMBER, name="王^秀英", phone="13800138001", event="A08", at="10:00"))
    world.run_steps(world.random.randint(0, 30))
    world.hl7(admission("A4", NUMBER, name="王^秀英", event="A03", at="11:00"))
    world.touch(name=NAME, mrn=NUMBER)
    world.run_steps(world.random.randint(0, 60))
    erase(world)
    world.rest()
    assert readable_topics(world) == {}
    assert world.person_of(NUMBER) == ""
    assert ghosts(world) == []


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_whatever_happened_before_an_erasure_nothing_of_it_opens_after_it(first: int) -> None:
    """Calls apart: one that names no number is of a new caller, once its phone is nobody's.

    Its number may be of somebody else who lives, where a message about that one was under way that links the two.
    """
    for seed in range(first, first + 20):
        world = World(seed, sealed=True, faults=0.1 * (seed % 3), transactions=seed % 2 > 0)
        life, random = RandomLife(world), world.random
        for record in life.records:
            life.say(record, "A31")
        for _ in range(random.randint(2, 10)):
            world.run_steps(random.randint(0, 40))
            random.choice([each for each in HAPPENINGS if each is not called])(life, random.choice(life.records))
        world.run_steps(random.randint(0, 60))
        if person := world.person_of("A1"):
            world.send(REGISTRY, ErasePerson(id="erase", at=world.now, person_id=person, requested_by="desk"))
            world.rest()
            marks = ("A1^^^", '"A1"', "王^秀英", "王秀英", "13800138000", "a1@x.example")
            assert isinstance(world.log, SealedLog)
            assert not [clear for _, clear in world.log.opened() if any(mark in clear for mark in marks)], seed
            linked = {world.person_of(record.number) for record in life.records if record.number != "A1"}
            assert ghosts(world) == [], seed
            assert world.person_of("A1") in {"", *linked} - {person}, seed
