"""The key of a number that no record holds has a term: what was said under it is counted until then, and then gone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contacts.registry.commands import REGISTRY, ErasePerson
from shared.bus.topics import topic_name
from shared.contracts.contacts import IdentityAmbiguous
from shared.contracts.contacts_identity import InputDropped
from shared.keystore import NUMBER
from shared.sealing import identity_of
from tests.world import World
from tests.world.cases import admission
from tests.world.checkpoints import run
from tests.world.lives import HAPPENINGS, RandomLife
from tests.world.sealed import SealedLog
from tests.world.test_erasure import certified

NOBODYS, KNOWN, NAME = "555", "100234", "王^秀英"
DAY = timedelta(days=1)


def message(id: str, *numbers: str, kind: str = "VXU^V04") -> str:
    """A message about these numbers, of a type that nobody translates; broken without an `id`."""
    lines = [rf"MSH|^~\&|HIS|CITY|CL|CITY|20260309100000||{kind}|{id}|P|2.5"]
    return "\r".join([*lines, f"PID|1||{'~'.join(f'{number}^^^CITY-HOSPITAL^MR' for number in numbers)}||{NAME}"])


def details(number: str, event: str = "A28") -> str:
    """An ADT message that opens a record of the number."""
    return admission(f"{event}-{number}", number, name="李^娜", birth="19800101", event=event, at="11:00")


def opened(world: World, mark: str = NOBODYS) -> int:
    """How many ciphertexts still open and contain the number."""
    return len(topics(world, mark))


def topics(world: World, mark: str = NOBODYS) -> list[str]:
    """The topic of each ciphertext that still opens and contains the number."""
    assert isinstance(world.log, SealedLog)
    return [topic for topic, clear in world.log.opened() if f"{mark}^^^" in clear or f'"{mark}"' in clear]


def residue(world: World) -> dict[str, tuple[int, datetime]]:
    """Kind of leftover key → how many there are, and when the last of them ends."""
    assert isinstance(world.log, SealedLog)
    counted = run(world.log.there.residue())
    return {each.kind: (each.count, datetime.fromtimestamp(each.until, UTC)) for each in counted}


def after(world: World, days: int) -> World:
    """Let `days` pass and let the eraser tidy up."""
    world.now += days * DAY
    return world.tidied()


def erase(world: World, number: str) -> str:
    """Erase the person of a number; returns the person id."""
    person = world.person(number)
    command = ErasePerson(id=f"erase-{person}", at=world.now, person_id=person, requested_by="desk")
    world.send(REGISTRY, command)
    world.rest()
    return person


def world_after(*messages: str, **how: Any) -> World:
    """A sealed world with one known patient, after these messages."""
    world = World(sealed=True, **how)
    world.hl7(admission("A1", KNOWN, name=NAME, birth="19560412"))
    for message in messages:
        world.hl7(message)
    return world.rest()


@pytest.mark.parametrize("id", ["X1", ""])
def test_what_is_said_of_a_number_that_nobody_has_is_counted_for_its_term_and_then_gone(id: str) -> None:
    """With an id it is taken, without it is refused: a message and a letter."""
    world = world_after(message(id, NOBODYS))
    until = world.now + 90 * DAY
    shown = certified(world, erase(world, KNOWN))
    assert shown["residue"] == [{"kind": NUMBER, "count": 1, "expires": until.astimezone(UTC).isoformat()}]
    assert opened(after(world, 89)) == 1
    assert opened(after(world, 1)) == 0
    assert residue(world) == {}


COMING: dict[str, Callable[[World], object]] = {
    "before it": lambda world: (world.hl7(details(NOBODYS)), world.rest(), world.hl7(message("X1", NOBODYS))),
    "after it": lambda world: (world.hl7(message("X1", NOBODYS)), world.rest(), world.hl7(details(NOBODYS))),
    "together": lambda world: (world.hl7(message("X1", NOBODYS)), world.hl7(details(NOBODYS))),
    "as another name of somebody known": lambda world: (
        world.hl7(message("X1", NOBODYS)),
        world.hl7(admission("A40", KNOWN, name=NAME, birth="19560412", event="A40", retires=NOBODYS)),
    ),
    "by a call": lambda world: (world.hl7(message("X1", NOBODYS)), world.rest(), world.touch(mrn=NOBODYS, name="李娜")),
}


@pytest.mark.parametrize("when", COMING)
@pytest.mark.parametrize("seed", range(6))
def test_a_number_that_a_record_holds_has_no_term_and_goes_with_its_person(when: str, seed: int) -> None:
    world = world_after(seed=seed, faults=0.15 * (seed % 3), transactions=seed % 2 > 0)
    COMING[when](world)
    world.rest()
    assert residue(world) == {}
    before = opened(world)
    assert before
    assert opened(after(world, 400)) == before
    erase(world, NOBODYS)
    assert opened(world) == 0


def test_what_comes_again_moves_the_term_on_so_that_nothing_is_lost_that_was_just_taken() -> None:
    world = world_after(message("X1", NOBODYS))
    for turn in range(1, 6):
        world = after(world, 40)
        world.hl7(message(f"X1{turn}", NOBODYS))
        assert opened(world.rest()) == turn + 1
        assert residue(world)[NUMBER][1] >= world.now + 45 * DAY
    assert opened(after(world, 44)) == 6
    assert opened(after(world, 46)) == 0


def test_a_number_that_comes_again_after_its_term_or_an_erasure_has_a_term_again() -> None:
    world = world_after(message("X1", NOBODYS))
    assert opened(after(world, 90)) == 0
    world.hl7(message("X2", NOBODYS))
    assert opened(world.rest()) == 1
    assert residue(world) == {NUMBER: (1, world.now.astimezone(UTC) + 90 * DAY)}
    world.hl7(details(NOBODYS))
    assert residue(world.rest()) == {}
    erase(world, NOBODYS)
    assert opened(world) == 0
    world.hl7(message("X3", NOBODYS))
    assert opened(world.rest()) == 1
    assert residue(world)[NUMBER][0] == 1
    assert opened(after(world, 90)) == 0


@pytest.mark.parametrize("id", ["X1", ""])
def test_what_names_somebody_known_as_well_stays_theirs_when_the_other_numbers_term_is_over(id: str) -> None:
    world = world_after(message(id, NOBODYS, KNOWN))
    assert residue(world)[NUMBER][0] == 1
    assert opened(after(world, 90)) == 1
    assert residue(world) == {}
    world.hl7(details(NOBODYS))
    world.rest()
    erase(world, NOBODYS)
    assert opened(world) == 0


def test_what_names_two_numbers_that_nobody_has_goes_with_the_last_of_them() -> None:
    world = world_after(message("X1", NOBODYS, "556"))
    world.now += 50 * DAY
    world.hl7(message("X2", "556"))
    assert opened(after(world.rest(), 40)) == 1
    assert opened(after(world, 50)) == 0


def test_an_input_that_waits_under_a_number_that_nobody_has_goes_with_its_term() -> None:
    """As one does that only its own key seals: to keep it for ever because it waits would keep it out of all reach."""
    world = world_after()
    world.hl7(admission("A2", "300", name="张^伟", birth="19700101"))
    world.rest()
    of = "^^^CITY-HOSPITAL^MR"
    world.hl7(details(NOBODYS, "A08").replace(f"{NOBODYS}{of}", f"{NOBODYS}{of}~{KNOWN}{of}~300{of}"))
    world.rest()
    assert len(world.events(IdentityAmbiguous)) == 1
    assert world.registry.waiting
    assert residue(world)[NUMBER][0] == 1
    after(world, 90)
    assert [each.reason for each in world.events(InputDropped)] == ["expired"]
    assert not world.registry.waiting
    assert topics(world) == [topic_name("his-adapter", "raw")], "the message names two who are known as well"


@pytest.mark.parametrize("seed", range(12))
def test_whatever_a_record_is_known_by_has_a_key_without_a_term(seed: int) -> None:
    world = World(seed, sealed=True, faults=0.1 * (seed % 3), transactions=seed % 2 > 0)
    life, random = RandomLife(world), world.random
    for moment in range(random.randint(5, 25)):
        record = random.choice(life.records)
        world.run_steps(random.randint(0, 40))
        if random.random() < 0.3:
            world.hl7(message(f"X{moment}", record.number))
        else:
            random.choice(HAPPENINGS)(life, record)
        if random.random() < 0.2:
            after(world.rest(), random.randint(1, 60))
    after(world.rest(), 90)
    held = {key for keys in world.registry.held.values() for key in keys}
    assert isinstance(world.log, SealedLog)
    versions = run(world.log.there.versions(held))
    assert {identity_of(key) for key, opens in versions.items() if opens} == held
    assert versions.keys().isdisjoint(term.key for term in run(world.log.there.ended(datetime.max.replace(tzinfo=UTC))))
