"""What somebody does with their own account: change the password of a local user, which ends all their sessions."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from console.desk import Desk, attempt
from console.passwords import WeakPassword
from console.problems import Trouble
from console.session import COOKIE
from console.signing_in import form
from console.staff import Person

PATH = "/account"
Word = Annotated[str, Form(max_length=2000)]


def routes(desk: Desk) -> APIRouter:
    """The page, and the change."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show(request: Request) -> Response:
        return page(desk, request, desk.person(request))

    @router.post(f"{PATH}/password")
    async def change_password(request: Request, current: Word = "", new: Word = "") -> Response:
        person = desk.person(request)
        login = person.staff.signs_in_as
        if desk.users is None or not await desk.lockout.begun(login):
            return page(desk, request, person, 429, "sign-in.locked")
        if not await asyncio.to_thread(desk.users.verify, login, current):
            await desk.lockout.failed(login)
            return page(desk, request, person, 403, "sign-in.current-wrong")
        try:
            await asyncio.to_thread(desk.users.put, login, new, (person.staff.name, desk.settings.hospital.name))
        except WeakPassword as weak:
            return page(desk, request, person, 422, weak.problem)
        ended = await attempt(desk.client(person).contacts.end_own_sessions())
        if isinstance(ended, Trouble):
            return page(desk, request, person, problem="sign-in.sessions-go-on", done="sign-in.password-changed")
        answer = form(desk, request, PATH, done="sign-in.password-changed")
        desk.cookies.drop(answer, COOKIE)
        request.state.session = None  # else its cookie would be renewed by this answer
        return answer

    return router


def page(
    desk: Desk, request: Request, person: Person, status: int = 200, problem: str = "", done: str = ""
) -> Response:
    """The page of an account: who it is, and the form for those who have a password here."""
    local = desk.users is not None and person.staff.signs_in_as in desk.users.logins()
    return desk.show(request, person, "account.html", status, local=local, problem=problem, done=done)
