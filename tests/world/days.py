"""Random days on which records are merged and unmerged among other events, before any plan step is due."""

from datetime import timedelta

from tests.world.humans import what_is_to_come_is_the_humans
from tests.world.lives import Patient, RandomLife, admitted, consented, died, discharged, linked, not_admitted, undone
from tests.world.machine import World
from tests.world.promises import broken
from tests.world.story import story


def joined(life: RandomLife, record: Patient) -> None:
    """Merge two records, or unmerge them if they are one human."""
    world, random = life.world, life.world.random
    one, other = random.sample([person for r in life.records if (person := world.person_of(r.number))], 2)
    if other in world.registry.cluster(one):
        world.unmerge(one, other)
    else:
        world.merge(one, other)


HAPPENINGS = (admitted, not_admitted, *[discharged] * 3, undone, *[consented] * 3, died, died, linked, *[joined] * 3)

MIN_EVENTS, MAX_EVENTS = 6, 18


def played(seed: int, faults: float) -> str:
    """Play the day of a seed and 30 days more; returns its story if a promise was broken, else ""."""
    world = World(seed, faults=faults, transactions=seed % 3 > 0)
    day(world, world.random.randint(MIN_EVENTS, MAX_EVENTS))
    wrong = [*what_is_to_come_is_the_humans(world), *broken(world)]
    if not wrong:
        world.until(world.now + timedelta(days=30))
        wrong = broken(world)
    return story(world, wrong) if wrong else ""


def day(world: World, events: int) -> None:
    """Let `events` random events happen within one day."""
    life, random = RandomLife(world), world.random
    for record in life.records:
        life.say(record, "A31")
    world.rest()
    for _ in range(events):
        world.run_steps(random.randint(0, 60))
        world.now += timedelta(minutes=random.randint(1, 30))
        random.choice(HAPPENINGS)(life, random.choice(life.records))
    world.rest()
