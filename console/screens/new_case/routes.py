"""Routes of opening a case."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError

from careloop_client.complaints.models import NewCase
from console.desk import Desk, attempt
from console.problems import Trouble
from console.screens.new_case.view import CATEGORIES, SEVERITIES, SOURCES
from console.staff import departments

NEW_CASE = TypeAdapter(NewCase)
Short = Annotated[str, Form(max_length=200)]


def routes(desk: Desk) -> APIRouter:
    """The form, and what it sends. Its `key` stays the same until it is done, so that two clicks open one case."""
    router = APIRouter()

    def page(request: Request, person_id: str, asked: dict[str, Any], trouble: Trouble | None = None) -> Response:
        sets = {"categories": CATEGORIES, "severities": SEVERITIES, "sources": SOURCES}
        shown = {"person_id": person_id, "asked": asked, "departments": departments(desk.staff.snapshot), **sets}
        return desk.show(request, request.state.person, "new_case/page.html", trouble=trouble, **shown)

    @router.get("/persons/{person_id}/new-case")
    async def show(request: Request, person_id: str) -> Response:
        asked = {"category": CATEGORIES[0], "severity": "medium", "source": SOURCES[0], "department": ""}
        return page(request, person_id, {**asked, "description": "", "key": str(uuid4())})

    @router.post("/persons/{person_id}/new-case")
    async def open_case(
        request: Request,
        person_id: str,
        category: Short = "",
        severity: Short = "",
        source: Short = "",
        department: Short = "",
        description: Annotated[str, Form(max_length=10_000)] = "",
        key: Short = "",
    ) -> Response:
        asked = {"category": category, "severity": severity, "source": source, "department": department.strip()}
        asked |= {"description": description.strip()}
        try:
            body = NEW_CASE.validate_python({"person_id": person_id, **asked})
        except ValidationError:
            return page(request, person_id, {**asked, "key": key}, Trouble(422, "description-missing"))
        client = desk.client(request.state.person).complaints
        done = await attempt(client.open_case(body, idempotency_key=key or None))
        if isinstance(done, Trouble):
            return page(request, person_id, {**asked, "key": key if done.undecided else str(uuid4())}, done)
        return RedirectResponse(f"/cases/{done.aggregate}?{urlencode({'seen': done.position})}", 303)

    return router
