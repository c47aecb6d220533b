"""Parts of pages that stay current: what each screen declares, and what it asks the services for again."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from console.live.changes import SCREENED, Change
from console.live.hub import deciders_for
from console.live.parts import Part
from console.screen import Screen
from console.screens import SCREENS
from shared.contracts.contacts_access import RelationBegan
from shared.positions import token, vector
from tests.console.desks import Seat, member
from tests.console.test_followup_page import COUNTS
from tests.console.test_live import heard

FOLLOWUP, NOTIFY, COMPLAINTS = (f"careloop.{each}.events.v1-0" for each in ("followup", "notify", "complaints"))
LIVE = [screen for screen in SCREENS if screen.events]
NOW = datetime(2026, 3, 9, 10, tzinfo=UTC).isoformat()
CASE = {
    "case_id": "c-1",
    "person_id": "p-1",
    "category": "complaint",
    "severity": "high",
    "source": "phone",
    "source_id": "s-1",
    "score": None,
    "level": 0,
    "department": "CARD",
    "status": "open",
    "opened": NOW,
    "changed": NOW,
    "sla": {},
    "escalations": [],
    "revision": 1,
}
ZHOU = member("zhou", "complaint-officer", "nurse")
READ = {COMPLAINTS: 9}


def test_a_part_waits_for_the_newest_of_what_its_read_model_reads() -> None:
    seen = [token({FOLLOWUP: 3, NOTIFY: 9}), token({FOLLOWUP: 5}), token({FOLLOWUP: 4}), "nonsense"]
    assert vector(Part((), ("followup",)).seen(seen) or "") == {FOLLOWUP: 5}
    assert vector(Part((), ("followup", "notify")).seen(seen) or "") == {FOLLOWUP: 5, NOTIFY: 9}
    assert Part((), ("complaints",)).seen(seen) is None
    assert Part((), ("complaints",)).seen(None) is None


@pytest.mark.parametrize("screen", LIVE, ids=lambda screen: screen.name)
def test_a_part_waits_for_what_it_hears_of_and_its_readers_may_hear_of_it(screen: Screen) -> None:
    for name, part in screen.events.items():
        assert set(part.shows) <= set(part.reads), name
        assert set(part.shows) <= SCREENED, name
        assert part.right is None or RelationBegan.decided_in() in part.reads, name
    shown = {decider for part in screen.events.values() for decider in part.shows}
    for role in screen.roles:
        assert deciders_for(member("m", role)) & shown, role


def answers(request: httpx.Request) -> httpx.Response:
    """The services: one case, in a read model at `READ`."""
    meta = {"as_of": NOW, "position": token(READ), "lag": 0, "lag_as_of": NOW}
    match request.url.path:
        case "/complaints/v1/cases":
            return httpx.Response(200, json={"data": [CASE], "next": None, **meta})
        case "/complaints/v1/cases/c-1":
            return httpx.Response(200, json={"data": CASE, **meta})
        case "/complaints/v1/cases/c-1/history":
            return httpx.Response(200, json={"data": [], "next": None, **meta})
        case "/notify/v1/messages" | "/followup/v1/tasks":
            return httpx.Response(200, json={"data": [], "next": None, **meta})
        case "/followup/v1/task-counts":
            return httpx.Response(200, json={"data": COUNTS, **meta})
    return httpx.Response(403, json={"type": "/problems/scope-missing", "status": 403})


@pytest.fixture
def asked() -> list[httpx.Request]:
    return []


@pytest.fixture
def seat(tmp_path: Path, asked: list[httpx.Request]) -> Seat:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/contacts/v1/persons/names":  # names have no position
            asked.append(request)
        return answers(request)

    seat = Seat(tmp_path, [ZHOU], httpx.MockTransport(answer))
    seat.desk.live.ready.set()
    seat.sits("zhou")
    return seat


def parts_of(page: str) -> dict[str, dict[str, str]]:
    """The live parts of a page by their ids, each with its attributes."""
    tags = [tag for tag in re.findall(r"<[a-z]+ [^>]*>", page) if "data-live=" in tag]
    attributes = [dict(re.findall(r'([a-z-]+)="([^"]*)"', tag)) for tag in tags]
    return {each["id"]: each for each in attributes}


def complains(live: Any, id: str) -> None:
    number = live.history.last + 1
    live.tell(Change(number, "careloop.complaints.x.v1", "complaints", COMPLAINTS, 100 + number, (id,)))


def without_position(request: httpx.Request) -> tuple[str, str]:
    return request.url.path, str(request.url.params.remove("min_position"))


def related(live: Any, case_id: str, kind: str = "case") -> None:
    """A relation of staff to the person of a case began or ended."""
    number, topic = live.history.last + 1, "careloop.contacts.events.v1-0"
    live.tell(Change(number, "careloop.contacts.relation_began.v1", "contacts", topic, number, ("p-9", kind, case_id)))


async def test_who_may_read_a_case_from_now_on_or_no_longer_sees_it(seat: Seat) -> None:
    parts = parts_of((await seat.http.get("/cases/c-1")).text)
    live = seat.desk.live
    notes = {id: live.opened(ZHOU, [part["data-pass"] + "~"], "")[0] for id, part in parts.items()}
    related(live, "c-1")
    related(live, "c-2")
    related(live, "CARD", "treated")
    assert heard(notes["queue"]) == [1, 2]
    assert heard(notes["shown-case"]) == [1]


async def test_the_queue_hears_of_every_case_and_the_open_case_of_itself(seat: Seat) -> None:
    parts = parts_of((await seat.http.get("/cases/c-1")).text)
    assert set(parts) == {"queue", "shown-case"}
    live, notes = seat.desk.live, {}
    for id, part in parts.items():
        stream, refused = live.opened(ZHOU, [part["data-pass"] + "~"], "")
        assert refused == []
        notes[id] = stream
    complains(live, "c-1")
    complains(live, "c-2")
    assert heard(notes["queue"]) == [1, 2]
    assert heard(notes["shown-case"]) == [1]


@pytest.mark.parametrize(
    ("page", "part"),
    [
        ("/cases?status=open&status=resolved&whose=me", "queue"),
        ("/cases/c-1", "shown-case"),
        ("/desk", "my-cases"),
        ("/messages?status=failed", "messages"),
        ("/follow-up?tab=alarms&department=CARD", "followup"),
    ],
)
async def test_a_part_is_asked_for_again_by_itself_as_it_was_and_up_to_what_was_told(
    seat: Seat, asked: list[httpx.Request], page: str, part: str
) -> None:
    source = parts_of((await seat.http.get(page)).text)[part]["data-from"].replace("&amp;", "&")
    first, told = {without_position(each) for each in asked}, {COMPLAINTS: 12, NOTIFY: 7, FOLLOWUP: 3}
    asked.clear()
    news = [("seen", token({name: offset})) for name, offset in told.items()]
    where, query = urlsplit(source).path, parse_qs(urlsplit(source).query)
    params = [*((name, value) for name, values in query.items() for value in values), *news]
    again = await seat.http.get(where, params=params, headers={"hx-target": part, "careloop-live": "1"})
    assert (again.status_code, list(parts_of(again.text))) == (200, [part])
    assert "<h1" not in again.text
    decider = {"messages": NOTIFY, "followup": FOLLOWUP}.get(part, COMPLAINTS)
    assert {str(vector(request.url.params["min_position"])) for request in asked} == {str({decider: told[decider]})}
    assert {without_position(each) for each in asked} <= first


async def test_of_a_case_that_is_refused_nothing_is_told(seat: Seat) -> None:
    page = await seat.http.get("/cases/c-2")
    assert page.status_code == 403
    assert set(parts_of(page.text)) == {"queue"}


async def test_a_text_that_was_refused_is_marked_so_that_no_update_takes_it_away(seat: Seat) -> None:
    refused = await seat.http.post("/cases/c-1/resolution", data={"resolution": "已致电", "revision": "1"})
    pages = (refused, await seat.http.get("/cases/c-1"))
    forms = [re.search(r"<form id=\"resolve-case\"[^>]*>", page.text) for page in pages]
    assert [form is not None and "data-kept" in form[0] for form in forms] == [True, False]
