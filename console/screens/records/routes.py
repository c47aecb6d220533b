"""Routes of a human's records: find another, compare, merge, separate."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.contacts.models import Merge
from console.desk import Desk, attempt
from console.problems import Trouble
from console.screens.find.asking import searched
from console.screens.find.view import SYSTEMS
from console.screens.records.view import others, side_by_side

Reason = Annotated[str, Form(max_length=2000)]
Seen = str | None


def routes(desk: Desk) -> APIRouter:
    """The records and what is done with them. `seen`: the position of a command that was just done."""
    router = APIRouter()
    _showing(router, desk)
    _deciding(router, desk)
    return router


async def _records(desk: Desk, request: Request, person_id: str, seen: Seen = None, **more: Any) -> Response:
    """The page of all records; `more`: what was typed, found, or refused."""
    client = desk.client(request.state.person)
    own = (await client.contacts.list_records(person_id, min_position=seen)).data
    asked = {"kind": "MRN", "issuer": "", "value": ""}
    blank = {"asked": asked, "matches": None, "trouble": None, "reason": "", "merged_id": ""}
    model = {**blank, **more, "person_id": person_id, "own": own, "shown": side_by_side(own), "systems": SYSTEMS}
    if model["matches"] is not None:
        model["matches"] = others(model["matches"], {each.person_id for each in own})
    return desk.show(request, request.state.person, "records/page.html", **model)


async def _comparison(
    desk: Desk, request: Request, person_id: str, other_id: str, reason: str = "", trouble: Trouble | None = None
) -> Response:
    """The page of two records side by side, with the question whether they are one human."""
    client = desk.client(request.state.person)
    own, other = [(await client.contacts.list_records(each)).data[0] for each in (person_id, other_id)]
    model = {"person_id": person_id, "other_id": other_id, "shown": side_by_side([own, other]), "reason": reason}
    return desk.show(request, request.state.person, "records/compare.html", trouble=trouble, **model)


def _showing(router: APIRouter, desk: Desk) -> None:
    @router.get("/persons/{person_id}/records")
    async def show(request: Request, person_id: str, seen: Seen = None) -> Response:
        return await _records(desk, request, person_id, seen)

    @router.post("/persons/{person_id}/records")
    async def find(
        request: Request,
        person_id: str,
        kind: Annotated[str, Form(max_length=50)] = "MRN",
        issuer: Annotated[str, Form(max_length=100)] = "",
        value: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        asked = {"kind": kind, "issuer": issuer, "value": value}
        matches = await searched(desk.client(request.state.person), **asked)
        if isinstance(matches, Trouble):
            return await _records(desk, request, person_id, asked=asked, trouble=matches)
        return await _records(desk, request, person_id, asked=asked, matches=matches)

    @router.get("/persons/{person_id}/records/{other_id}")
    async def compare(request: Request, person_id: str, other_id: str) -> Response:
        return await _comparison(desk, request, person_id, other_id)


def _deciding(router: APIRouter, desk: Desk) -> None:
    @router.post("/persons/{person_id}/records/{other_id}/merge")
    async def merge(request: Request, person_id: str, other_id: str, reason: Reason = "") -> Response:
        if not reason.strip():
            return await _comparison(desk, request, person_id, other_id, reason, Trouble(422, "reason-missing"))
        body = Merge(merged_id=other_id, reason=reason.strip())
        done = await attempt(desk.client(request.state.person).contacts.merge_persons(person_id, body))
        if isinstance(done, Trouble):
            return await _comparison(desk, request, person_id, other_id, reason, done)
        return RedirectResponse(f"/persons/{person_id}/records?{urlencode({'seen': done.position})}", 303)

    @router.post("/persons/{person_id}/records/separate")
    async def separate(
        request: Request, person_id: str, merged_id: Annotated[str, Form(max_length=200)] = "", reason: Reason = ""
    ) -> Response:
        typed = {"reason": reason, "merged_id": merged_id}
        if not merged_id or not reason.strip():
            return await _records(desk, request, person_id, trouble=Trouble(422, "separation-unsaid"), **typed)
        body = Merge(merged_id=merged_id, reason=reason.strip())
        done = await attempt(desk.client(request.state.person).contacts.unmerge_persons(person_id, body))
        if isinstance(done, Trouble):
            return await _records(desk, request, person_id, trouble=done, **typed)
        return RedirectResponse(f"/persons/{person_id}/records?{urlencode({'seen': done.position})}", 303)
