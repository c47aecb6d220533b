"""Routes of the search."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from careloop_client.contacts.models import Search
from console.desk import Desk, attempt
from console.problems import Trouble
from console.screens.find.view import SYSTEMS, Match, match, system_of


def routes(desk: Desk) -> APIRouter:
    """The form, and what it finds."""
    router = APIRouter()

    def page(request: Request, asked: dict[str, str], rows: list[Match] | None, trouble: Trouble | None) -> Response:
        status = trouble.status if trouble else 200
        shown = {"systems": SYSTEMS, "asked": asked, "rows": rows, "trouble": trouble}
        return desk.show(request, request.state.person, "find/page.html", status, **shown)

    @router.get("/find")
    async def show(request: Request) -> Response:
        return page(request, {"kind": SYSTEMS[0], "issuer": "", "value": ""}, None, None)

    @router.post("/find")
    async def find(
        request: Request,
        kind: Annotated[str, Form(max_length=50)] = "phone",
        issuer: Annotated[str, Form(max_length=100)] = "",
        value: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        asked = {"kind": kind, "issuer": issuer, "value": value}
        if not value.strip() or kind not in SYSTEMS:
            return page(request, asked, None, Trouble(422, "number-missing"))
        body = Search(system=system_of(kind, issuer), value=value.strip())
        answer = await attempt(desk.client(request.state.person).contacts.search_persons(body))
        if isinstance(answer, Trouble):
            return page(request, asked, None, answer)
        return page(request, asked, [match(each) for each in answer.data], None)

    return router
