"""Routes of the messages."""

from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.notify.models import Settlement
from console.desk import Desk, attempt
from console.export import every, missing
from console.live.changes import EVERY
from console.live.parts import Seen, position_of
from console.problems import Trouble
from console.saved_views import views_of
from console.screens.messages import SCREEN, SETTLES
from console.screens.messages.live import EVENTS
from console.screens.messages.sheet import SHEET
from console.screens.messages.view import STATUSES, Row, apart, rows, status_of

PAGE = 50
Status = Annotated[str, Query(max_length=20)]
ANSWERS = {"arrived": True, "lost": False}


def routes(desk: Desk) -> APIRouter:
    """The messages, and what a person found out about one. `seen`: the position of what was just settled."""
    router = APIRouter()
    _showing(router, desk)
    _settling(router, desk)
    return router


async def _page(
    desk: Desk,
    request: Request,
    status: str,
    cursor: str | None = None,
    seen: list[str] | None = None,
    trouble: Trouble | None = None,
) -> Response:
    person = request.state.person
    notify, definitions = desk.client(person).notify, desk.staff.snapshot
    chosen, part = status_of(status), EVENTS["messages"]
    ask = partial(notify.list_messages, limit=PAGE, sort="newest", min_position=part.seen(seen))
    listed = await ask(status=chosen, cursor=cursor)
    shown, unknown = rows(listed.data, definitions), list[Row]()
    if chosen == "unknown":
        shown, unknown = [], shown
    elif not chosen and not cursor:
        unknown = rows((await ask(status="unknown")).data, definitions)
    source = f"/messages?{urlencode({'status': chosen or '', 'cursor': cursor or ''})}"
    model = {
        "live": desk.live.attributes(person.staff, source, part.subjects([EVERY]), position_of(listed)),
        "unknown": unknown,
        "rows": shown if chosen else apart(shown),
        "statuses": STATUSES,
        "chosen": chosen or "",
        "more": listed.next,
        "settles": not SETTLES.isdisjoint(person.staff.roles),
    }
    if request.headers.get("hx-target") == "messages":
        return desk.show(request, person, "messages/parts/lists.html", trouble=trouble, **model)
    views = await views_of(desk, request, SCREEN)
    return desk.show(request, person, "messages/page.html", trouble=trouble, views=views, **model)


def _showing(router: APIRouter, desk: Desk) -> None:
    @router.get("/messages")
    async def show(
        request: Request,
        status: Status = "",
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        seen: Seen = None,
    ) -> Response:
        return await _page(desk, request, status, cursor, seen)

    @router.get("/messages.xlsx")
    async def export_messages(request: Request, status: Status = "") -> Response:
        person = request.state.person
        notify, chosen = desk.client(person).notify, status_of(status)
        answers, whole = await every(
            lambda cursor, limit: notify.list_messages(status=chosen, limit=limit, sort="newest", cursor=cursor)
        )
        return await desk.workbook(person, SHEET, rows(answers, desk.staff.snapshot), missing(whole))


def _settling(router: APIRouter, desk: Desk) -> None:
    @router.post("/messages/{message_id}")
    async def settle(
        request: Request,
        message_id: str,
        answer: Annotated[str, Form(max_length=20)] = "",
        attempts: Annotated[int, Form(ge=1)] = 1,
        status: Annotated[str, Form(max_length=20)] = "",
    ) -> Response:
        if answer not in ANSWERS:
            return await _page(desk, request, status, trouble=Trouble(422, "decision-missing"))
        body = Settlement(attempt=attempts, arrived=ANSWERS[answer])
        done = await attempt(desk.client(request.state.person).notify.settle_message(message_id, body))
        if isinstance(done, Trouble):
            return await _page(desk, request, status, trouble=done)
        return RedirectResponse(f"/messages?{urlencode({'status': status, 'seen': done.position})}", 303)
