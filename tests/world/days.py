"""Random days on which records are merged and parted while everything else happens, before anything of it is due."""

from datetime import timedelta

from tests.world.humans import what_is_to_come_is_the_humans
from tests.world.lives import Patient, RandomLife, admitted, consented, died, discharged, linked, not_admitted, undone
from tests.world.machine import World
from tests.world.promises import broken
from tests.world.story import story


def joined(life: RandomLife, record: Patient) -> None:
    """A person merges two records, or parts them."""
    world, random = life.world, life.world.random
    one, other = random.sample([person for r in life.records if (person := world.person_of(r.number))], 2)
    if other in world.registry.cluster(one):
        world.unmerge(one, other)
    else:
        world.merge(one, other)


HAPPENINGS = (admitted, not_admitted, *[discharged] * 3, undone, *[consented] * 3, died, died, linked, *[joined] * 3)

MIN_EVENTS, MAX_EVENTS = 6, 18


def played(seed: int, faults: float) -> str:
    """The story of the day from a seed, and of what followed from it, where that broke a promise; else ""."""
    world = World(seed, faults=faults, transactions=seed % 3 > 0)
    day(world, world.random.randint(MIN_EVENTS, MAX_EVENTS))
    wrong = [*what_is_to_come_is_the_humans(world), *broken(world)]
    if not wrong:
        world.until(world.now + timedelta(days=30))
        wrong = broken(world)
    return story(world, wrong) if wrong else ""


def day(world: World, moments: int) -> None:
    """So much happens within one day."""
    life, random = RandomLife(world), world.random
    for record in life.records:
        life.say(record, "A31")
    world.rest()
    for _ in range(moments):
        world.some(random.randint(0, 60))
        world.now += timedelta(minutes=random.randint(1, 30))
        random.choice(HAPPENINGS)(life, random.choice(life.records))
    world.rest()
