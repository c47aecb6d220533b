"""Thousands of lives, each in a world that crashes: whatever happens, the promises hold."""

import os

import pytest

from tests.world import World
from tests.world.lives import Life
from tests.world.promises import broken
from tests.world.story import story

SEEDS = int(os.environ.get("CARELOOP_LIVES", "25"))


@pytest.mark.parametrize("faults", [0.0, 0.05, 0.3])
def test_whatever_happens_the_promises_hold(faults: float) -> None:
    for seed in range(SEEDS):
        world = World(seed, faults=faults, transactions=seed % 3 > 0)
        Life(world).live(20)
        wrong = broken(world)
        assert not wrong, story(world, wrong)
