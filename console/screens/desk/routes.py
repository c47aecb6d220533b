"""Routes of the desk."""

from fastapi import APIRouter, Request, Response

from console.desk import Desk, attempt, attempts
from console.live.changes import EVERY
from console.live.parts import Seen, position_of
from console.problems import Trouble
from console.roles import scopes_of
from console.screens.cases.asking import on_page
from console.screens.desk.live import EVENTS
from console.screens.desk.view import Tab, tab_of
from console.screens.followup.view import Filter
from console.staff import Person

MOST = 100
"""Cases on the desk; whoever has more is led to the queue."""
FOLLOWS_UP = "followup:write"
WANTS_ATTENTION = ("overdue", "today", "alarms")
"""Tabs of the follow-up list."""


def routes(desk: Desk) -> APIRouter:
    """The page."""
    router = APIRouter()

    @router.get("/desk")
    async def show(request: Request, seen: Seen = None) -> Response:
        person, part = request.state.person, EVENTS["mine"]
        cases = desk.client(person).complaints
        mine = {"assignee": person.staff.id, "status": "open,assigned", "sort": "due", "limit": MOST}
        page = await attempt(cases.list_cases(**mine, min_position=part.seen(seen)))
        model = {
            **await on_page(desk, person, page),
            "more": not isinstance(page, Trouble) and page.next is not None,
            "live": desk.live.attributes(person.staff, "/desk", part.subjects([EVERY]), position_of(page)),
        }
        status = page.status if isinstance(page, Trouble) else 200
        if request.headers.get("hx-target") == "my-cases":
            return desk.show(request, person, "desk/parts/mine.html", status, **model)
        tabs = await _follow_up(desk, person) if FOLLOWS_UP in scopes_of(person.staff.roles) else []
        return desk.show(request, person, "desk/page.html", status, follow_up=tabs, **model)

    return router


async def _follow_up(desk: Desk, person: Person) -> list[Tab]:
    """How many tasks stand under each tab of the follow-up list that wants attention."""
    followup, now = desk.client(person).followup, desk.clock()
    filters = [Filter(tab) for tab in WANTS_ATTENTION]
    asked = [{"status": ",".join(each.statuses), **each.asked(now, desk.zone)} for each in filters]
    counts = await attempts(*(followup.count_tasks(**each) for each in asked))
    return [tab_of(each, count) for each, count in zip(filters, counts, strict=True)]
