"""Routes of the page of a person."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from careloop_client import CareLoop
from careloop_client.contacts.models import Emergency, OneView360
from console.desk import Desk, attempt, attempts
from console.live.parts import Seen, position_of
from console.problems import Trouble
from console.screens.new_case import SCREEN as NEW_CASE
from console.screens.person.changes_routes import changes_routes
from console.screens.person.clinical import clinical
from console.screens.person.clocks import NOW, Clocks, Times
from console.screens.person.live import EVENTS, SECTIONS, PersonParts
from console.screens.person.view import PURPOSES, newest_first, next_first, number, open_first, timeline, visits
from console.typed_times import Typed

MINUTES = 30
"""How long emergency access lasts."""
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
    router.include_router(changes_routes(desk))
    return router


def _page(router: APIRouter, desk: Desk) -> None:
    @router.get("/persons/{person_id}")
    async def show(
        request: Request,
        person_id: str,
        kind: Kind = "",
        page: PageNumber = 0,
        as_of: Typed = "",
        known_at: Typed = "",
        seen: Seen = None,
    ) -> Response:
        client, person, news = desk.client(request.state.person), request.state.person, seen or []
        clocks = Clocks(as_of, known_at)
        times = clocks.times(desk.zone)
        bad_time = times if isinstance(times, Trouble) else None
        whole, *lists = await attempts(
            _whole(client, "record", person_id, NOW if isinstance(times, Trouble) else times, news),
            *(_list(client, part, person_id, news) for part in ORDERS),
        )
        if isinstance(whole, Trouble):
            return desk.show(request, person, "person/refused.html", trouble=whole, person_id=person_id)
        live = PersonParts(desk.live, person, person_id, whole.data.cluster)
        model = record(whole, kind, page, Clocks() if bad_time else clocks, live)
        model |= {"clocks": clocks.typed_again(desk.zone), "as_of": whole.as_of, "number": number(whole.data.identity)}
        model["trouble"] = bad_time
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
        as_of: Typed = "",
        known_at: Typed = "",
        human: Annotated[str, Query(max_length=20_000)] = "",
        seen: Seen = None,
    ) -> Response:
        client, person, news = desk.client(request.state.person), request.state.person, seen or []
        live = partial(PersonParts, desk.live, person, person_id)
        if part in ORDERS:
            answer = await attempt(_list(client, part, person_id, news))
            status = answer.status if isinstance(answer, Trouble) else 200
            known = desk.live.passes.ids(person.staff, human)
            attributes = "" if isinstance(answer, Trouble) else live(known)(part, position_of(answer))
            model = {part: ordered(part, answer), "live": {part: attributes}}
            return desk.show(request, person, "person/parts/list.html", status, part=part, **model)
        clocks = Clocks(as_of, known_at)
        times = clocks.times(desk.zone)
        if isinstance(times, Trouble):
            return desk.show(request, person, "person/parts/trouble.html", part=part, trouble=times)
        whole = await attempt(_whole(client, part, person_id, times, news, SECTIONS[part]))
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
    client: CareLoop, part: str, person_id: str, times: Times, seen: list[str], sections: str | None = None
) -> Awaitable[OneView360]:
    """Ask for the person, at these times if any are given. `sections`: what a part shows; None for all."""
    as_of, known_at = times
    position = EVENTS[part].seen(seen)
    return client.contacts.view_person(
        person_id, as_of=as_of, known_at=known_at, sections=sections, min_position=position
    )


def _list(client: CareLoop, part: str, person_id: str, seen: list[str]) -> Awaitable[Any]:
    """Ask for one of the lists about a person."""
    ask: dict[str, Callable[..., Awaitable[Any]]] = {
        "cases": client.complaints.list_cases,
        "tasks": client.followup.list_tasks,
        "messages": client.notify.list_messages,
    }
    return ask[part](person=person_id, limit=100, min_position=EVENTS[part].seen(seen))


def record(whole: Any, kind: str, page: int, clocks: Clocks, live: PersonParts) -> dict[str, Any]:
    """What the answer about the person fills: identity, visits and timeline. A look back does not stay current."""
    now, view = not clocks.look_back, whole.data
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
        **clinical(view),
    }


def ordered(part: str, answer: Any) -> Any:
    """The rows of a list in their order, or the trouble there was."""
    return answer if isinstance(answer, Trouble) else ORDERS[part](answer.data)
