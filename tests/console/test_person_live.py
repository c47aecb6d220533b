"""Which changes the parts of a person's page hear of, and what they ask for when something changed."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from console.live.changes import Change
from console.screens.person.live import EVENTS, PersonParts
from console.staff import Person
from tests.console.desks import Seat, member
from tests.console.test_live import LIU, heard, hub
from tests.console.test_person_clinical import days, human


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


@pytest.mark.parametrize(
    ("page", "sections"),
    [
        ("/persons/p", None),
        ("/persons/p/parts/record", "diagnoses,allergies,results,spend"),
        ("/persons/p/parts/timeline", "timeline"),
        ("/persons/p/death", "record"),
        ("/persons/p/consents", "record"),
    ],
)
async def test_a_part_asks_for_what_it_shows_alone(tmp_path: Path, page: str, sections: str | None) -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        meta = {"as_of": days(0), "position": "", "lag": 0, "lag_as_of": None}
        if not request.url.path.endswith("/360"):
            return httpx.Response(200, json={"data": [], "next": None, **meta})
        asked.append(request.url.params.get("sections"))
        return httpx.Response(200, json={"data": human().model_dump(mode="json", exclude_defaults=True), **meta})

    seat = Seat(tmp_path, [member("qian", "registrar", "nurse")], httpx.MockTransport(answer))
    seat.sits("qian")
    assert (await seat.http.get(page)).status_code == 200
    assert asked == [sections]
