"""Routes of the follow-up list."""

from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from careloop_client.followup.calls import Followup
from careloop_client.followup.models import TaskPage
from console.counts import counted
from console.desk import Desk, attempts
from console.export import every, missing
from console.live.changes import EVERY
from console.live.parts import Seen, position_of
from console.people import names_of
from console.problems import Trouble
from console.screens.followup.live import EVENTS
from console.screens.followup.sheet import SHEET
from console.screens.followup.view import KINDS, PAGE, TABS, Filter, rows
from console.staff import departments

Value = Annotated[str, Query(max_length=200)]


def _filter(
    tab: Value = TABS[0],
    kind: Value = "",
    plan: Value = "",
    department: Value = "",
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> Filter:
    """The filter of an address; what it does not know is left out."""
    return Filter(
        tab if tab in TABS else TABS[0], kind if kind in KINDS else "", plan.strip(), department.strip(), cursor
    )


def routes(desk: Desk) -> APIRouter:
    """The list under one of its tabs. `seen`: positions of what the page was told, so that the list shows it."""
    router = APIRouter()

    @router.get("/follow-up")
    async def show(request: Request, chosen: Annotated[Filter, Depends(_filter)], seen: Seen = None) -> Response:
        person, now, part = request.state.person, desk.clock(), EVENTS["followup"]
        client, position = desk.client(person), part.seen(seen)
        asked = {**chosen.asked(now, desk.zone), "min_position": position}
        page, counts = await attempts(
            _listed(client.followup, chosen, asked, chosen.cursor or None, PAGE),
            client.followup.count_tasks(status=",".join(chosen.statuses), **asked),
        )
        source, subjects = f"/follow-up?{chosen.query}", part.subjects([EVERY])
        model = {
            "live": desk.live.attributes(person.staff, source, subjects, position_of(page)),
            "filter": chosen,
            "tabs": TABS,
            "kinds": KINDS,
            "departments": departments(desk.staff.snapshot),
            "counts": None if isinstance(counts, Trouble) else counted(counts.data, chosen.statuses),
        }
        template = f"followup/{'parts/list' if request.headers.get('hx-target') == 'followup' else 'page'}.html"
        if isinstance(page, Trouble):
            return desk.show(request, person, template, trouble=page, rows=[], next=None, **model)
        people, all_named = await names_of(client.contacts, {each.person_id for each in page.data})
        model |= {"rows": rows(page.data, people, now, desk.zone), "next": page.next, "all_named": all_named}
        return desk.show(request, person, template, trouble=None, **model)

    @router.get("/follow-up.xlsx")
    async def export_tasks(request: Request, chosen: Annotated[Filter, Depends(_filter)]) -> Response:
        person, now = request.state.person, desk.clock()
        client = desk.client(person)
        tasks, whole = await every(partial(_listed, client.followup, chosen, chosen.asked(now, desk.zone)))
        people, all_named = await names_of(client.contacts, {each.person_id for each in tasks})
        return await desk.workbook(person, SHEET, rows(tasks, people, now, desk.zone), missing(whole, all_named))

    return router


def _listed(
    followup: Followup, chosen: Filter, asked: Mapping[str, Any], cursor: str | None, limit: int
) -> Awaitable[TaskPage]:
    """Ask for a page of the list."""
    return followup.list_tasks(status=",".join(chosen.statuses), sort=chosen.sort, limit=limit, cursor=cursor, **asked)
