"""Routes of the queue and of a case."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.complaints.models import Assignment, Resolution
from console.desk import Desk, attempt
from console.export import every, missing
from console.live.parts import Seen
from console.problems import Trouble
from console.saved_views import views_of
from console.screens.cases import SCREEN
from console.screens.cases.asking import Kept, listed, one, queue, with_names
from console.screens.cases.bulk import bulk_routes
from console.screens.cases.filters import Asked, Filter
from console.screens.cases.sheet import SHEET

Revision = Annotated[int | None, Form(ge=0)]
Key = Annotated[str, Form(max_length=100)]
TARGET = "hx-target"
"""The header with the id of the element that is asked for."""
PARTS = {"case": "case", "shown-case": "shown"}
"""Id of the element → its template: a case that was chosen in the queue, and the case that is asked for again."""


def routes(desk: Desk) -> APIRouter:
    """The queue, a case beside it, and what can be done with it.

    `seen`: the position of a command that was just done; `done`: what it was. A form carries the `revision` that its
    page showed, and a `key` under which it is sent again without being done twice.
    """
    router = APIRouter()
    _showing(router, desk)
    _deciding(router, desk)
    bulk_routes(router, desk)
    return router


async def _page(
    desk: Desk,
    request: Request,
    chosen: Filter,
    case_id: str = "",
    seen: list[str] | None = None,
    done: str = "",
    trouble: Trouble | None = None,
    kept: Kept | None = None,
) -> Response:
    asked = [queue(desk, request, chosen, seen)]
    if case_id:
        asked.append(one(desk, request, case_id, chosen, seen, kept or Kept(key=str(uuid4()))))
    views, *models = await asyncio.gather(views_of(desk, request, SCREEN), *asked)
    model = {"views": views, "case": None, "part": False, "trouble": trouble, "done": done} | {
        name: value for each in models for name, value in each.items()
    }
    wrong = trouble or next((each for each in (model["case"], model["rows"]) if isinstance(each, Trouble)), None)
    return desk.show(request, request.state.person, "cases/page.html", wrong.status if wrong else 200, **model)


def _only(desk: Desk, request: Request, template: str, shown: Any, **model: Any) -> Response:
    """A part of the page by itself. `shown`: what it is about, or the trouble there was."""
    status = shown.status if isinstance(shown, Trouble) else 200
    return desk.show(request, request.state.person, f"cases/parts/{template}.html", status, trouble=None, **model)


def _showing(router: APIRouter, desk: Desk) -> None:
    @router.get("/cases")
    async def show_queue(
        request: Request, chosen: Asked, seen: Seen = None, done: Annotated[str, Query(max_length=20)] = ""
    ) -> Response:
        if request.headers.get(TARGET) != "queue":
            return await _page(desk, request, chosen, seen=seen, done=done)
        model = await queue(desk, request, chosen, seen)
        return _only(desk, request, "queue", model["rows"], **model, case=None)

    @router.get("/cases.xlsx")
    async def export_queue(request: Request, chosen: Asked) -> Response:
        person = request.state.person
        rows, whole = await every(partial(listed, desk.client(person).complaints, chosen, person.staff.id))
        listing, all_named = await with_names(desk, person, rows, desk.clock())
        return await desk.workbook(person, SHEET, listing, missing(whole, all_named))

    @router.get("/cases/{case_id}")
    async def show_case(request: Request, case_id: str, chosen: Asked, seen: Seen = None) -> Response:
        target = request.headers.get(TARGET)
        if target not in PARTS:
            return await _page(desk, request, chosen, case_id, seen)
        model = await one(desk, request, case_id, chosen, seen, Kept(key=str(uuid4())))
        return _only(desk, request, PARTS[target], model["case"], **model, filter=chosen, part=target == "case")


def _deciding(router: APIRouter, desk: Desk) -> None:
    @router.post("/cases/{case_id}/assignment")
    async def assign(
        request: Request,
        case_id: str,
        chosen: Asked,
        assignee: Annotated[str, Form(max_length=200)] = "",
        revision: Revision = None,
        key: Key = "",
    ) -> Response:
        refused = partial(_page, desk, request, chosen, case_id)
        kept = Kept(assignee=assignee, revision=revision, key=key)
        if not assignee:
            return await refused(trouble=Trouble(422, "assignee-missing"), kept=kept)
        body = Assignment(assignee=assignee, seen_revision=revision)
        client = desk.client(request.state.person).complaints
        done = await attempt(client.assign_case(case_id, body, idempotency_key=key or None))
        if isinstance(done, Trouble):
            return await refused(trouble=done, kept=after(done, kept))
        return RedirectResponse(f"/cases/{case_id}?{chosen.query}&{urlencode({'seen': done.position})}", 303)

    @router.post("/cases/{case_id}/resolution")
    async def resolve(
        request: Request,
        case_id: str,
        chosen: Asked,
        resolution: Annotated[str, Form(max_length=10_000)] = "",
        revision: Revision = None,
        key: Key = "",
    ) -> Response:
        refused = partial(_page, desk, request, chosen, case_id)
        kept = Kept(resolution=resolution, revision=revision, key=key)
        if not resolution.strip():
            return await refused(trouble=Trouble(422, "resolution-missing"), kept=kept)
        body = Resolution(resolution=resolution.strip(), seen_revision=revision)
        client = desk.client(request.state.person).complaints
        done = await attempt(client.resolve_case(case_id, body, idempotency_key=key or None))
        if isinstance(done, Trouble):
            return await refused(trouble=done, kept=after(done, kept))
        more = {"done": "resolved", "seen": done.position}
        return RedirectResponse(f"/cases?{chosen.query}&{urlencode(more)}", 303)


def after(trouble: Trouble, kept: Kept) -> Kept:
    """What is kept after a refusal: under the same key only if nobody knows yet whether the command was done."""
    return kept if trouble.undecided else replace(kept, key=str(uuid4()))
