"""A source that falls silent, in the whole product: its timer moves with its messages, and staff are told once."""

from datetime import timedelta

import pytest

from services.his_adapter.watches.definitions import Watch
from shared.contracts.his_watches import SourceFellSilent, SourceHeardAgain, TimerSet
from tests.world import World
from tests.world.test_world import discharged

ADT = Watch(id="adt", version=1, source="HIS/CITY", types=("ADT",), minutes=10)


@pytest.mark.parametrize("faults", [0.0, 0.1])
def test_a_source_that_falls_silent_is_told_once_and_so_is_that_it_speaks_again(faults: float) -> None:
    world = World(3, definitions=(ADT,), faults=faults)
    begun = world.now
    for minute in range(5):
        world.until(begun + timedelta(minutes=minute))
        world.hl7(discharged(str(minute + 1)))
    assert not world.until(begun + timedelta(minutes=14)).events(SourceFellSilent)
    [fell] = world.until(begun + timedelta(hours=3)).events(SourceFellSilent)
    assert (fell.since, fell.at) == (begun + timedelta(minutes=4), begun + timedelta(minutes=14.5))
    world.hl7(discharged("later"))
    world.rest()
    assert len(world.events(SourceHeardAgain)) == 1
    assert len(world.events(TimerSet)) == 6
    assert world.letters == []
