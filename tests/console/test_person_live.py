"""Which changes the parts of a person's page hear of."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from console.live.changes import Change
from console.screens.person.live import EVENTS, PersonParts
from console.staff import Person
from tests.console.desks import member
from tests.console.test_live import LIU, heard, hub


@pytest.mark.parametrize("part", EVENTS)
def test_a_part_hears_of_every_record_of_the_human_and_of_nobody_else(part: str) -> None:
    live = hub()
    attributes = dict(
        re.findall(r'([a-z-]+)="([^"]*)"', PersonParts(live, Person(LIU, "zh"), "p-1", ["p-2"])(part, None))
    )
    stream, refused = live.opened(LIU, [attributes["data-pass"] + "~"], "")
    decider = EVENTS[part].shows[0]
    for number, id in enumerate(("p-1", "p-2", "p-3"), start=1):
        live.tell(Change(number, f"careloop.{decider}.x.v1", decider, f"careloop.{decider}.events.v1-0", number, (id,)))
    assert (heard(stream), refused) == ([1, 2], [])
    asked = parse_qs(urlsplit(attributes["data-from"].replace("&amp;", "&")).query)
    assert live.passes.ids(LIU, asked["human"][0]) == ["p-1", "p-2"]
    assert live.passes.ids(member("other", "nurse"), asked["human"][0]) == []
