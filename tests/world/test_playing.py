"""Of many worlds the first that breaks a promise tells its story; on all cores that is what `make lives` shows."""

from tests.world.playing import first_story


def breaks_from_seed_60(seed: int, faults: float) -> str:
    return f"seed {seed} faults {faults}" if seed >= 60 and faults else ""


def test_the_first_seed_that_breaks_a_promise_tells_its_story() -> None:
    assert first_story(breaks_from_seed_60, 100) == "seed 60 faults 0.05"


def test_where_all_promises_hold_there_is_no_story() -> None:
    assert first_story(breaks_from_seed_60, 60) == ""
