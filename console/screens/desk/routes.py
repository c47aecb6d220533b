"""Routes of the desk."""

from functools import partial

from fastapi import APIRouter, Request, Response

from console.desk import Desk, attempt
from console.live.changes import EVERY
from console.live.parts import Seen, position_of
from console.problems import Trouble
from console.roles import scopes_of
from console.screens.cases.view import row
from console.screens.desk.live import EVENTS
from console.staff import name_of

MOST = 100
"""Cases on the desk; whoever has more is led to the queue."""
FOLLOWS_UP = "followup:write"


def routes(desk: Desk) -> APIRouter:
    """The page."""
    router = APIRouter()

    @router.get("/desk")
    async def show(request: Request, seen: Seen = None) -> Response:
        person, part = request.state.person, EVENTS["mine"]
        cases = desk.client(person).complaints
        mine = {"assignee": person.staff.id, "status": "open,assigned", "sort": "due", "limit": MOST}
        page = await attempt(cases.list_cases(**mine, min_position=part.seen(seen)))
        names = partial(name_of, desk.staff.snapshot)
        model = {
            "rows": page if isinstance(page, Trouble) else [row(each, names, page.as_of) for each in page.data],
            "more": not isinstance(page, Trouble) and page.next is not None,
            "follows_up": FOLLOWS_UP in scopes_of(person.staff.roles),
            "live": desk.live.attributes(person.staff, "/desk", part.subjects([EVERY]), position_of(page)),
        }
        template = "desk/parts/mine.html" if request.headers.get("hx-target") == "my-cases" else "desk/page.html"
        return desk.show(request, person, template, page.status if isinstance(page, Trouble) else 200, **model)

    return router
