"""Routes of the desk."""

from functools import partial

from fastapi import APIRouter, Request, Response

from console.desk import Desk, attempt
from console.problems import Trouble
from console.roles import scopes_of
from console.screens.cases.view import row
from console.staff import name_of

MOST = 100
"""Cases on the desk; whoever has more is led to the queue."""
FOLLOWS_UP = "followup:write"


def routes(desk: Desk) -> APIRouter:
    """The page."""
    router = APIRouter()

    @router.get("/desk")
    async def show(request: Request) -> Response:
        person = request.state.person
        cases = desk.client(person).complaints
        page = await attempt(cases.list_cases(assignee=person.staff.id, status="open,assigned", sort="due", limit=MOST))
        names = partial(name_of, desk.staff.snapshot)
        rows = page if isinstance(page, Trouble) else [row(each, names, page.as_of) for each in page.data]
        more = not isinstance(page, Trouble) and page.next is not None
        status = page.status if isinstance(page, Trouble) else 200
        follows_up = FOLLOWS_UP in scopes_of(person.staff.roles)
        return desk.show(request, person, "desk/page.html", status, rows=rows, more=more, follows_up=follows_up)

    return router
