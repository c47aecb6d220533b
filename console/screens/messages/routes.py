"""Routes of the messages."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.notify.models import Settlement
from console.desk import Desk, attempt
from console.export import every
from console.problems import Trouble
from console.saved_views import views_of
from console.screens.messages import SCREEN, SETTLES
from console.screens.messages.sheet import SHEET
from console.screens.messages.view import STATUSES, Row, apart, rows, status_of

PAGE = 50
ANSWERS = {"arrived": True, "lost": False}


def routes(desk: Desk) -> APIRouter:
    """The messages, and what a person found out about one. `seen`: the position of what was just settled."""
    router = APIRouter()

    async def page(
        request: Request,
        status: str,
        cursor: str | None = None,
        seen: str | None = None,
        trouble: Trouble | None = None,
    ) -> Response:
        notify, definitions = desk.client(request.state.person).notify, desk.staff.snapshot
        chosen = status_of(status)
        listed = await notify.list_messages(status=chosen, limit=PAGE, sort="newest", cursor=cursor, min_position=seen)
        shown, unknown = rows(listed.data, definitions), list[Row]()
        if chosen == "unknown":
            shown, unknown = [], shown
        elif not chosen and not cursor:
            unknown = rows((await notify.list_messages(status="unknown", limit=PAGE, sort="newest")).data, definitions)
        model = {
            "views": await views_of(desk, request, SCREEN),
            "unknown": unknown,
            "rows": shown if chosen else apart(shown),
            "statuses": STATUSES,
            "chosen": chosen or "",
            "more": listed.next,
            "settles": not SETTLES.isdisjoint(request.state.person.staff.roles),
        }
        return desk.show(request, request.state.person, "messages/page.html", trouble=trouble, **model)

    @router.get("/messages")
    async def show(
        request: Request,
        status: Annotated[str, Query(max_length=20)] = "",
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        seen: Annotated[str | None, Query(max_length=4000)] = None,
    ) -> Response:
        return await page(request, status, cursor, seen)

    @router.get("/messages.xlsx")
    async def export_messages(request: Request, status: Annotated[str, Query(max_length=20)] = "") -> Response:
        person = request.state.person
        notify, chosen = desk.client(person).notify, status_of(status)
        answers, whole = await every(
            lambda cursor, limit: notify.list_messages(status=chosen, limit=limit, sort="newest", cursor=cursor)
        )
        shown = rows(answers, desk.staff.snapshot)
        return SHEET.workbook(shown, whole, person.language, desk.settings.hospital.zone)

    @router.post("/messages/{message_id}")
    async def settle(
        request: Request,
        message_id: str,
        answer: Annotated[str, Form(max_length=20)] = "",
        attempts: Annotated[int, Form(ge=1)] = 1,
        status: Annotated[str, Form(max_length=20)] = "",
    ) -> Response:
        if answer not in ANSWERS:
            return await page(request, status, trouble=Trouble(422, "decision-missing"))
        body = Settlement(attempt=attempts, arrived=ANSWERS[answer])
        done = await attempt(desk.client(request.state.person).notify.settle_message(message_id, body))
        if isinstance(done, Trouble):
            return await page(request, status, trouble=done)
        return RedirectResponse(f"/messages?{urlencode({'status': status, 'seen': done.position})}", 303)

    return router
