"""Routes of the list of users, and of one of them."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from console.desk import Desk, attempt
from console.problems import Trouble
from console.saved_views import views_of
from console.screens.users import OVERSEES, SCREEN
from console.screens.users.filters import ORDERS, PAGE, Asked
from console.screens.users.sheet import SHEET
from console.screens.users.view import chosen_roles, opened, rights, rows, sign_in, way_in
from console.staff import departments, name_of
from shared.clock import real_time
from shared.contracts.staff import Staff

Seen = Annotated[str | None, Query(max_length=4000)]


def routes(desk: Desk) -> APIRouter:
    """The list, one user, and what an administrator does. `seen`: the position of what was just done."""
    router = APIRouter()
    _listing(router, desk)
    _one(router, desk)
    return router


def _oversees(request: Request) -> bool:
    return not OVERSEES.isdisjoint(request.state.person.staff.roles)


def _nobody(staff_id: str) -> None:
    """Who is locked is no business of whoever does not oversee sessions."""


def _listing(router: APIRouter, desk: Desk) -> None:
    @router.get("/users")
    async def show(request: Request, chosen: Asked) -> Response:
        everybody, oversees = desk.staff.snapshot.current(Staff), _oversees(request)
        locked = desk.events.locked if oversees else _nobody
        matching = chosen.shown(everybody, locked)
        begins = (chosen.page - 1) * PAGE
        model = {
            "filter": chosen,
            "rows": rows(matching[begins : begins + PAGE], locked),
            "number": len(matching),
            "more": len(matching) > begins + PAGE,
            "roles": chosen_roles(everybody),
            "departments": departments(desk.staff.snapshot),
            "orders": ORDERS,
            "oversees": oversees,
            "views": await views_of(desk, request, SCREEN),
        }
        return desk.show(request, request.state.person, "users/page.html", **model)

    @router.get("/users.xlsx")
    async def export_users(request: Request, chosen: Asked) -> Response:
        locked = desk.events.locked if _oversees(request) else _nobody
        shown = rows(chosen.shown(desk.staff.snapshot.current(Staff), locked), locked)
        return await desk.workbook(request.state.person, SHEET, shown)


def _one(router: APIRouter, desk: Desk) -> None:
    async def page(
        request: Request, staff_id: str, seen: str | None = None, done: str = "", trouble: Trouble | None = None
    ) -> Response:
        person, staff = request.state.person, desk.staff.snapshot.find(Staff, staff_id)
        if staff is None:
            return desk.show(request, person, "trouble.html", trouble=Trouble(404, "staff-unknown"))
        passwords = await asyncio.to_thread(desk.users.logins) if desk.users else []
        model: dict[str, Any] = {
            "staff": staff,
            "way": way_in(staff.signs_in_as, passwords, desk.provider is not None),
            "screens": opened(desk.pages.screens, staff.roles),
            "rights": rights(staff.roles),
            "oversees": _oversees(request),
            "done": done,
        }
        if model["oversees"]:
            answer = await attempt(desk.client(person).contacts.get_staff_desk(staff_id, min_position=seen))
            names = partial(name_of, desk.staff.snapshot)
            model["signed"] = answer if isinstance(answer, Trouble) else sign_in(answer.data, names, real_time())
        return desk.show(request, person, "users/member.html", trouble=trouble, **model)

    async def after(request: Request, staff_id: str, done: str, command: Awaitable[Any]) -> Response:
        answer = await attempt(command)
        if isinstance(answer, Trouble):
            return await page(request, staff_id, trouble=answer)
        return RedirectResponse(f"/users/{staff_id}?{urlencode({'done': done, 'seen': answer.position})}", 303)

    @router.get("/users/{staff_id}")
    async def show_member(
        request: Request, staff_id: str, seen: Seen = None, done: Annotated[str, Query(max_length=20)] = ""
    ) -> Response:
        return await page(request, staff_id, seen, done)

    @router.post("/users/{staff_id}/sessions")
    async def end_sessions(request: Request, staff_id: str) -> Response:
        contacts = desk.client(request.state.person).contacts
        return await after(request, staff_id, "ended", contacts.end_sessions(staff_id))

    @router.post("/users/{staff_id}/unlock")
    async def unlock(request: Request, staff_id: str) -> Response:
        contacts = desk.client(request.state.person).contacts
        return await after(request, staff_id, "unlocked", contacts.unlock_staff(staff_id))
