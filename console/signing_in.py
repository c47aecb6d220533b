"""Sign in with a local user, and choose the language of the page."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from console.desk import LANGUAGE, Desk
from console.guard import SIGN_IN, own_path
from console.session import COOKIE, Session
from console.staff import by_login
from console.texts import LANGUAGES

PATH = SIGN_IN
YEAR_SECONDS = 365 * 24 * 3600


def routes(desk: Desk) -> APIRouter:
    """The routes that nobody has to be signed in for."""
    router = APIRouter(include_in_schema=False)
    lockout, users = desk.lockout, desk.users

    @router.get(PATH)
    async def show_form(request: Request, to: str = "/") -> Response:
        return form(desk, request, to)

    @router.post(PATH)
    async def sign_in(
        request: Request,
        login: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
        to: Annotated[str, Form(max_length=2000)] = "/",
    ) -> Response:
        if not desk.events.ready.is_set():  # nobody knows yet who is locked
            return form(desk, request, to, 503, "problem.service-unavailable")
        if not await lockout.begun(login):
            return form(desk, request, to, 429, "sign-in.locked")
        right = users is not None and await asyncio.to_thread(users.verify, login, password)
        staff = by_login(desk.staff.snapshot, login) if right else None
        if staff is None:
            await lockout.failed(login)
            return form(desk, request, to, 403, "sign-in.no-staff" if right else "sign-in.wrong")
        await lockout.succeeded(login)
        answer = RedirectResponse(own_path(to), 303)
        set_session(desk, answer, Session.new(staff.id))
        return answer

    @router.post("/language/{language}")
    async def choose_language(language: str, to: Annotated[str, Form(max_length=2000)] = "/") -> Response:
        answer = RedirectResponse(own_path(to), 303)
        if language in LANGUAGES:
            desk.cookies.put(answer, LANGUAGE, language, YEAR_SECONDS)
        return answer

    return router


def form(desk: Desk, request: Request, to: str, status: int = 200, problem: str = "", done: str = "") -> Response:
    """The page to sign in: at the provider, with a password, or both; `to`: the page to go on with."""
    ways = {"provider": desk.provider is not None, "passwords": desk.users is not None}
    shown: dict[str, Any] = {"to": own_path(to), "problem": problem, "done": done, **ways}
    return desk.pages.answer(request, "sign_in.html", None, desk.language(request), status, **shown)


def set_session(desk: Desk, answer: Response, session: Session) -> None:
    """Put the session into the browser's cookie, until the browser is closed."""
    desk.cookies.put(answer, COOKIE, desk.sessions.sealed(session))
