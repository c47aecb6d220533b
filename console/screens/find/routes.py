"""Routes of the search."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from console.desk import Desk
from console.problems import Trouble
from console.screens.find.asking import searched
from console.screens.find.view import SYSTEMS, Match, match


def routes(desk: Desk) -> APIRouter:
    """The form, and what it finds."""
    router = APIRouter()

    def page(request: Request, asked: dict[str, str], rows: list[Match] | None, trouble: Trouble | None) -> Response:
        shown = {"systems": SYSTEMS, "asked": asked, "rows": rows, "trouble": trouble}
        return desk.show(request, request.state.person, "find/page.html", **shown)

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
        matches = await searched(desk.client(request.state.person), **asked)
        if isinstance(matches, Trouble):
            return page(request, asked, None, matches)
        return page(request, asked, [match(each) for each in matches], None)

    return router
