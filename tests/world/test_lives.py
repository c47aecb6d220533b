"""Thousands of lives, each in a world that crashes: whatever happens, the promises hold."""

from tests.world.lives import played
from tests.world.playing import first_story


def test_whatever_happens_the_promises_hold() -> None:
    story = first_story(played)
    assert not story, story
