"""Routes of the page of a person."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client.contacts.models import Emergency
from console.desk import Desk, attempts
from console.problems import Trouble
from console.screens.new_case import SCREEN as NEW_CASE
from console.screens.person.view import PURPOSES, newest_first, next_first, number, open_first, timeline, visits

MINUTES = 30
"""How long emergency access lasts."""
Moment = Annotated[str, Query(max_length=40)]


def routes(desk: Desk) -> APIRouter:
    """The page, a part of it (the timeline), and emergency access.

    `seen`: the position of a command that was just done, so that the page shows what it did.
    """
    router = APIRouter()
    zone = ZoneInfo(desk.settings.hospital.zone)

    @router.get("/persons/{person_id}")
    async def show(
        request: Request,
        person_id: str,
        kind: Annotated[str, Query(max_length=200)] = "",
        page: Annotated[int, Query(ge=0)] = 0,
        as_of: Moment = "",
        known_at: Moment = "",
        seen: Annotated[str | None, Query(max_length=4000)] = None,
    ) -> Response:
        client = desk.client(request.state.person)
        whole, cases, tasks, messages = await attempts(
            client.contacts.view_person(
                person_id, as_of=at(as_of, zone), known_at=at(known_at, zone), min_position=seen
            ),
            client.complaints.list_cases(person=person_id, limit=100, min_position=seen),
            client.followup.list_tasks(person=person_id, limit=100, min_position=seen),
            client.notify.list_messages(person=person_id, limit=100, min_position=seen),
        )
        if isinstance(whole, Trouble):
            shown = {"trouble": whole, "person_id": person_id}
            return desk.show(request, request.state.person, "person/refused.html", whole.status, **shown)
        model = {
            "view": whole.data,
            "as_of": whole.as_of,
            "visits": visits(whole.data),
            "cases": cases if isinstance(cases, Trouble) else open_first(cases.data),
            "tasks": tasks if isinstance(tasks, Trouble) else next_first(tasks.data),
            "messages": messages if isinstance(messages, Trouble) else newest_first(messages.data),
            "timeline": timeline(whole.data.timeline, kind, page),
            "clocks": {"as_of": as_of, "known_at": known_at},
            "purposes": PURPOSES,
            "number": number(whole.data.identity),
            "takes_down": NEW_CASE.opens_for(request.state.person.staff.roles),
            "asked": {"purpose": "", "word": "", "evidence": ""},
        }
        part = "person/parts/timeline.html" if request.headers.get("hx-target") == "timeline" else "person/page.html"
        return desk.show(request, request.state.person, part, **model)

    @router.post("/persons/{person_id}/emergency-access")
    async def break_glass(
        request: Request, person_id: str, reason: Annotated[str, Form(max_length=2000)] = ""
    ) -> Response:
        if len(reason.strip()) < 10:
            shown = {"trouble": Trouble(422, "reason-too-short", break_glass=True), "person_id": person_id}
            return desk.show(request, request.state.person, "person/refused.html", 422, **shown)
        client = desk.client(request.state.person)
        emergency = Emergency(reason=reason.strip(), minutes=MINUTES)
        done = await client.contacts.break_glass(person_id, emergency)
        return RedirectResponse(f"/persons/{person_id}?{urlencode({'seen': done.position})}", 303)

    return router


def at(text: str, zone: ZoneInfo) -> datetime | None:
    """The time that a `datetime-local` field says, in the hospital's zone; None if it says none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone) if text else None
    except ValueError:
        return None
