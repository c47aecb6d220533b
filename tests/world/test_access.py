"""What ties staff to people, through the whole product: crashes, merges, and logs of before anybody told it."""

from typing import Any

import pytest

from deploy.catalogue import SERVICE_NAMES
from shared.access import verdict
from shared.access.relations import relations_in
from shared.caller import Caller
from shared.contracts.contacts_access import Access, RelationBegan
from tests.world import World
from tests.world.cases import admission
from tests.world.log import Record
from tests.world.promises import broken

GROUP = "contacts.policies.relate"
NURSE = Access(id="nurse", version=1, reads="related")


def may(world: World, service: str, person: str, department: str) -> str:
    """The verdict on a person for a nurse of a department, computed as the API of a service does."""
    caller = Caller("li", frozenset(), frozenset({"nurse"}), frozenset({department}), has_roles=True)
    members = world.documents(f"{service}.humans").get(person, {"members": [person]})["members"]
    rows = [row for member in members if (row := world.documents(f"{service}.access").get(member))]
    return verdict(caller, [NURSE], [tie for row in rows for tie in relations_in(row)], world.now)


def everywhere(world: World, person: str, department: str) -> set[str]:
    return {may(world, service, person, department) for service in SERVICE_NAMES}


@pytest.mark.parametrize("faults", [0.0, 0.3])
def test_every_service_knows_who_treated_somebody_under_any_record_until_they_are_two_again(faults: float) -> None:
    world = World(seed=7, faults=faults)
    world.hl7(admission("a", "1", "王秀英"))
    world.hl7(admission("b", "2", "李梅").replace("CARD", "NEUR"))
    world.rest()
    one, two = world.person("1"), world.person("2")
    for service in SERVICE_NAMES:
        assert [may(world, service, one, each) for each in ("CARD", "NEUR")] == ["full", "masked"]
    world.merge(one, two)
    world.rest()
    assert {each for person in (one, two) for each in everywhere(world, person, "CARD")} == {"full"}
    assert {each for person in (one, two) for each in everywhere(world, person, "NEUR")} == {"full"}
    world.unmerge(one, two)
    world.rest()
    assert (everywhere(world, one, "CARD"), everywhere(world, one, "NEUR")) == ({"full"}, {"masked"})
    assert (everywhere(world, two, "CARD"), everywhere(world, two, "NEUR")) == ({"masked"}, {"full"})
    assert broken(world) == []


def test_a_log_of_before_relations_gets_them_when_it_is_read_again() -> None:
    world = World(seed=3)
    [relate] = [worker for worker in world.log.workers if worker.name == GROUP]
    world.log.workers.remove(relate)
    world.hl7(admission("a", "1", "王秀英"))
    world.rest()
    person = world.person("1")
    assert everywhere(world, person, "CARD") == {"masked"}
    world.log.workers.append(relate)
    for topic, types in relate.reads.items():
        for record in world.log.every(topic):
            if isinstance(record.envelope.data, types):
                waiting: list[Record] = relate.waiting.setdefault(record.place, [])
                waiting.append(record)
    world.log.awake.append(relate)
    world.rest()
    assert everywhere(world, person, "CARD") == {"full"}
    relations: list[Any] = world.events(RelationBegan)
    assert [(each.kind, each.department, each.campus) for each in relations] == [("treated", "CARD", "HIS/CITY")]
