"""Routes of the page of a person."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client import CareLoop
from careloop_client.contacts.models import Emergency, OneView360
from console.desk import Desk, attempt, attempts
from console.live.parts import Seen, position_of
from console.problems import Trouble
from console.screens.new_case import SCREEN as NEW_CASE
from console.screens.person.live import EVENTS, PersonParts
from console.screens.person.view import PURPOSES, newest_first, next_first, number, open_first, timeline, visits

MINUTES = 30
"""How long emergency access lasts."""
Moment = Annotated[str, Query(max_length=40)]
Kind = Annotated[str, Query(max_length=200)]
PageNumber = Annotated[int, Query(ge=0)]
Part = Literal["record", "timeline", "cases", "tasks", "messages"]
ORDERS: dict[str, Callable[[Any], list[Any]]] = {"cases": open_first, "tasks": next_first, "messages": newest_first}
"""The parts that are lists of other services, and their order."""


def routes(desk: Desk) -> APIRouter:
    """The page, its parts each by itself, and emergency access.

    `seen`: positions of what was just done or told, so that the page shows it.
    """
    router = APIRouter()
    _page(router, desk)
    _parts(router, desk)
    _emergency(router, desk)
    return router


def _page(router: APIRouter, desk: Desk) -> None:
    @router.get("/persons/{person_id}")
    async def show(
        request: Request,
        person_id: str,
        kind: Kind = "",
        page: PageNumber = 0,
        as_of: Moment = "",
        known_at: Moment = "",
        seen: Seen = None,
    ) -> Response:
        client, person, news = desk.client(request.state.person), request.state.person, seen or []
        clocks = {"as_of": as_of, "known_at": known_at}
        whole, *lists = await attempts(
            _whole(desk, client, "record", person_id, clocks, news),
            *(_list(client, part, person_id, news) for part in ORDERS),
        )
        if isinstance(whole, Trouble):
            return desk.show(request, person, "person/refused.html", trouble=whole, person_id=person_id)
        live = PersonParts(desk.live, person, person_id, whole.data.cluster)
        model = record(whole, kind, page, clocks, live)
        model |= {"clocks": clocks, "as_of": whole.as_of, "number": number(whole.data.identity)}
        model["takes_down"] = NEW_CASE.opens_for(person.staff.roles)
        for part, answer in zip(ORDERS, lists, strict=True):
            model[part] = ordered(part, answer)
            model["live"][part] = live(part, position_of(answer))
        return desk.show(request, person, "person/page.html", **model)


def _parts(router: APIRouter, desk: Desk) -> None:
    @router.get("/persons/{person_id}/parts/{part}")
    async def show_part(
        request: Request,
        person_id: str,
        part: Part,
        kind: Kind = "",
        page: PageNumber = 0,
        as_of: Moment = "",
        known_at: Moment = "",
        human: Annotated[str, Query(max_length=20_000)] = "",
        seen: Seen = None,
    ) -> Response:
        client, person, news = desk.client(request.state.person), request.state.person, seen or []
        live = partial(PersonParts, desk.live, person, person_id)
        if part in ORDERS:
            answer = await attempt(_list(client, part, person_id, news))
            status = answer.status if isinstance(answer, Trouble) else 200
            attributes = live(desk.live.passes.ids(human))(part, position_of(answer))
            model = {part: ordered(part, answer), "live": {part: attributes}}
            return desk.show(request, person, "person/parts/list.html", status, part=part, **model)
        clocks = {"as_of": as_of, "known_at": known_at}
        whole = await attempt(_whole(desk, client, part, person_id, clocks, news))
        if isinstance(whole, Trouble):
            return desk.show(request, person, "person/parts/trouble.html", part=part, trouble=whole)
        model = record(whole, kind, page, clocks, live(whole.data.cluster))
        return desk.show(request, person, f"person/parts/{part}.html", clocks=clocks, **model)


def _emergency(router: APIRouter, desk: Desk) -> None:
    @router.post("/persons/{person_id}/emergency-access")
    async def break_glass(
        request: Request, person_id: str, reason: Annotated[str, Form(max_length=2000)] = ""
    ) -> Response:
        if len(reason.strip()) < 10:
            trouble = Trouble(422, "reason-too-short", break_glass=True)
            return desk.show(request, request.state.person, "person/refused.html", trouble=trouble, person_id=person_id)
        client = desk.client(request.state.person)
        emergency = Emergency(reason=reason.strip(), minutes=MINUTES)
        done = await client.contacts.break_glass(person_id, emergency)
        return RedirectResponse(f"/persons/{person_id}?{urlencode({'seen': done.position})}", 303)


def _whole(
    desk: Desk, client: CareLoop, part: str, person_id: str, clocks: dict[str, str], seen: list[str]
) -> Awaitable[OneView360]:
    """Ask for the person, at these times if any are given."""
    zone = ZoneInfo(desk.settings.hospital.zone)
    times = {name: at(text, zone) for name, text in clocks.items()}
    return client.contacts.view_person(
        person_id, as_of=times["as_of"], known_at=times["known_at"], min_position=EVENTS[part].seen(seen)
    )


def _list(client: CareLoop, part: str, person_id: str, seen: list[str]) -> Awaitable[Any]:
    """Ask for one of the lists about a person."""
    ask: dict[str, Callable[..., Awaitable[Any]]] = {
        "cases": client.complaints.list_cases,
        "tasks": client.followup.list_tasks,
        "messages": client.notify.list_messages,
    }
    return ask[part](person=person_id, limit=100, min_position=EVENTS[part].seen(seen))


def record(whole: Any, kind: str, page: int, clocks: dict[str, str], live: PersonParts) -> dict[str, Any]:
    """What the answer about the person fills: identity, visits and timeline. A look back does not stay current."""
    now, view = not any(clocks.values()), whole.data
    parts = {
        "record": live("record", whole.position) if now else "",
        "timeline": live("timeline", whole.position, kind=kind, page=str(page or "")) if now else "",
    }
    shown = timeline(view.timeline, kind, page)
    asked = {"purpose": "", "word": "", "evidence": ""}
    return {
        "view": view,
        "visits": visits(view),
        "timeline": shown,
        "purposes": PURPOSES,
        "asked": asked,
        "live": parts,
    }


def ordered(part: str, answer: Any) -> Any:
    """The rows of a list in their order, or the trouble there was."""
    return answer if isinstance(answer, Trouble) else ORDERS[part](answer.data)


def at(text: str, zone: ZoneInfo) -> datetime | None:
    """The time that a `datetime-local` field says, in the hospital's zone; None if it says none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone) if text else None
    except ValueError:
        return None
