"""Of many worlds the first that breaks a promise tells its story, on one core and on all."""

import pytest

from tests.world.playing import MANY, first_story


def breaks_from_seed_60(seed: int, faults: float) -> str:
    return f"seed {seed} faults {faults}" if seed >= 60 and faults else ""


def breaks_nothing(seed: int, faults: float) -> str:
    return ""


@pytest.mark.parametrize("seeds", [100, MANY])
def test_the_first_seed_that_breaks_a_promise_tells_its_story(seeds: int) -> None:
    assert first_story(breaks_from_seed_60, seeds) == "seed 60 faults 0.05"


def test_where_all_promises_hold_there_is_no_story() -> None:
    assert first_story(breaks_nothing, 100) == ""
