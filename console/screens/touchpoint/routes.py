"""Routes of noting a contact."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response

from careloop_client.contacts.models import Search
from console.desk import Desk, attempt
from console.problems import Trouble
from console.screens.find.view import SYSTEMS, match, system_of
from console.screens.touchpoint.view import CHANNELS, DIRECTIONS, EMPTY, touchpoint

Short = Annotated[str, Form(max_length=200)]


def routes(desk: Desk) -> APIRouter:
    """The form, empty or for a number that a page knows, and what it sends."""
    router = APIRouter()

    def page(request: Request, asked: Mapping[str, str], trouble: Trouble | None = None, **more: Any) -> Response:
        sets = {"systems": SYSTEMS, "channels": CHANNELS, "directions": DIRECTIONS}
        shown = {"asked": asked, "trouble": trouble, "matches": None, **sets, **more}
        return desk.show(request, request.state.person, "touchpoint/page.html", **shown)

    @router.get("/touchpoint")
    async def show(request: Request) -> Response:
        return page(request, {**EMPTY, "key": str(uuid4())})

    @router.post("/touchpoint/begin")
    async def begin(request: Request, kind: Short = "phone", issuer: Short = "", value: Short = "") -> Response:
        return page(request, {**EMPTY, "kind": kind, "issuer": issuer, "value": value, "key": str(uuid4())})

    @router.post("/touchpoint")
    async def note(
        request: Request,
        kind: Short = "phone",
        issuer: Short = "",
        value: Short = "",
        name: Short = "",
        channel: Short = "",
        direction: Short = "",
        summary: Annotated[str, Form(max_length=10_000)] = "",
        key: Short = "",
    ) -> Response:
        asked = {"kind": kind, "issuer": issuer, "value": value.strip(), "name": name.strip(), "channel": channel}
        asked |= {"direction": direction, "summary": summary.strip(), "key": key or str(uuid4())}
        if not asked["value"] or kind not in SYSTEMS:
            return page(request, asked, Trouble(422, "number-missing"))
        if not asked["summary"]:
            return page(request, asked, Trouble(422, "summary-missing"))
        person = request.state.person
        contacts = desk.client(person).contacts
        noted = touchpoint(asked, person.staff, desk.clock())
        done = await attempt(contacts.report_touchpoint(noted))
        if isinstance(done, Trouble):
            return page(request, asked, done)
        body = Search(system=system_of(kind, issuer), value=asked["value"])
        answer = await attempt(contacts.search_persons(body, min_position=done.position))
        matches = [] if isinstance(answer, Trouble) else [match(each) for each in answer.data]
        return page(request, {**EMPTY, "key": str(uuid4())}, matches=matches)

    return router
