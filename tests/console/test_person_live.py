"""Which changes the parts of a person's page hear of, and what they wait for when they are asked for again."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from console.live.changes import Change
from console.screens.person.live import READS, SHOWS, PersonParts, seen_by
from console.staff import Person
from shared.positions import token, vector
from tests.console.test_live import LIU, heard, hub

FOLLOWUP, NOTIFY = "careloop.followup.events.v1-0", "careloop.notify.events.v1-0"


def test_a_part_waits_for_the_newest_of_what_its_read_model_reads() -> None:
    seen = [token({FOLLOWUP: 3, NOTIFY: 9}), token({FOLLOWUP: 5}), token({FOLLOWUP: 4}), "nonsense"]
    assert vector(seen_by("tasks", seen) or "") == {FOLLOWUP: 5}
    assert vector(seen_by("record", seen) or "") == {FOLLOWUP: 5, NOTIFY: 9}
    assert seen_by("cases", seen) is None


def test_a_part_waits_for_what_it_hears_of() -> None:
    for part, deciders in SHOWS.items():
        assert set(deciders) <= set(READS[part]), part


@pytest.mark.parametrize("part", SHOWS)
def test_a_part_hears_of_every_record_of_the_human_and_of_nobody_else(part: str) -> None:
    live = hub()
    attributes = dict(
        re.findall(r'([a-z-]+)="([^"]*)"', PersonParts(live, Person(LIU, "zh"), "p-1", ["p-2"])(part, None))
    )
    stream, refused = live.opened(LIU, [attributes["data-pass"] + "~"], "")
    decider = SHOWS[part][0]
    for number, id in enumerate(("p-1", "p-2", "p-3"), start=1):
        live.tell(Change(number, f"careloop.{decider}.x.v1", decider, f"careloop.{decider}.events.v1-0", number, (id,)))
    assert (heard(stream), refused) == ([1, 2], [])
    asked = parse_qs(urlsplit(attributes["data-from"].replace("&amp;", "&")).query)
    assert live.passes.ids(asked["human"][0]) == ["p-1", "p-2"]
