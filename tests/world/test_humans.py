"""Three records of two humans, merged and parted while everything else happens: one human stays one human."""

from tests.world.days import played
from tests.world.playing import first_story


def test_one_human_is_one_whatever_the_order() -> None:
    story = first_story(played)
    assert not story, story
