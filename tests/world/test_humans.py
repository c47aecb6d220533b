"""Three records of two humans, merged and parted while everything else happens: one human stays one human."""

import os
from datetime import timedelta

import pytest

from tests.world import World
from tests.world.humans import every_human_is_one
from tests.world.lives import Life, Record, admitted, consented, died, discharged, linked, undone
from tests.world.promises import broken
from tests.world.story import story

SEEDS = int(os.environ.get("CARELOOP_LIVES", "25"))


def joined(life: Life, record: Record) -> None:
    """A person merges two records, or parts them."""
    world, random = life.world, life.world.random
    one, other = random.sample([person for r in life.records if (person := world.known(r.number))], 2)
    if other in world.registry.cluster(one):
        world.unmerge(one, other)
    else:
        world.merge(one, other)


HAPPENINGS = (admitted, *[discharged] * 3, undone, *[consented] * 3, died, died, linked, *[joined] * 3)


def day(world: World, moments: int = 18) -> Life:
    """So much happens within one day, before anything of it is due."""
    life, random = Life(world), world.random
    for record in life.records:
        life.say(record, "A31")
    world.rest()
    for _ in range(moments):
        world.some(random.randint(0, 60))
        world.now += timedelta(minutes=random.randint(1, 30))
        random.choice(HAPPENINGS)(life, random.choice(life.records))
    world.rest()
    return life


@pytest.mark.parametrize("faults", [0.0, 0.05, 0.3])
def test_one_human_is_one_whatever_the_order(faults: float) -> None:
    for seed in range(SEEDS):
        world = World(seed, faults=faults, transactions=seed % 3 > 0)
        day(world)
        wrong = [*every_human_is_one(world), *broken(world)]
        assert not wrong, story(world, wrong)
        world.until(world.now + timedelta(days=30))
        wrong = broken(world)
        assert not wrong, story(world, wrong)
