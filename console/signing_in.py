"""Sign in with a local user, sign out, and choose the language of the page."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from console.desk import LANGUAGE, Desk
from console.lockout import Lockout
from console.session import COOKIE, Session
from console.staff import by_login
from console.texts import LANGUAGES
from console.users import UsersFile

PATH = "/sign-in"
YEAR_SECONDS = 365 * 24 * 3600


def routes(desk: Desk) -> APIRouter:
    """The routes that nobody has to be signed in for."""
    router = APIRouter(include_in_schema=False)
    lockout = Lockout(desk.settings.console.failed_sign_ins)
    file = desk.settings.console.users_file
    users = UsersFile(file) if file else None

    def form(request: Request, to: str, status: int = 200, problem: str = "") -> Response:
        return desk.pages.answer(
            request, "sign_in.html", None, desk.language(request), status, to=_here(to), problem=problem
        )

    @router.get(PATH)
    async def show_form(request: Request, to: str = "/") -> Response:
        return form(request, to)

    @router.post(PATH)
    async def sign_in(
        request: Request,
        login: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
        to: Annotated[str, Form(max_length=2000)] = "/",
    ) -> Response:
        if await lockout.locked(login):
            return form(request, to, 429, "sign-in.locked")
        right = users is not None and await asyncio.to_thread(users.verify, login, password)
        staff = by_login(desk.staff.snapshot, login) if right else None
        if staff is None:
            await lockout.failed(login)
            return form(request, to, 403, "sign-in.no-staff" if right else "sign-in.wrong")
        await lockout.succeeded(login)
        answer = RedirectResponse(_here(to), 303)
        set_session(desk, answer, Session.new(staff.id))
        return answer

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        answer = RedirectResponse(PATH, 303, {"clear-site-data": '"storage"'})
        answer.delete_cookie(COOKIE)
        return answer

    @router.post("/language/{language}")
    async def choose_language(language: str, to: Annotated[str, Form(max_length=2000)] = "/") -> Response:
        answer = RedirectResponse(_here(to), 303)
        if language in LANGUAGES:
            answer.set_cookie(LANGUAGE, language, YEAR_SECONDS, secure=_secure(desk), httponly=True, samesite="lax")
        return answer

    return router


def set_session(desk: Desk, answer: Response, session: Session) -> None:
    """Put the session into the browser's cookie, until the browser is closed."""
    sealed = desk.sessions.sealed(session)
    answer.set_cookie(COOKIE, sealed, secure=_secure(desk), httponly=True, samesite="lax")


def _secure(desk: Desk) -> bool:
    return desk.settings.hospital.public_url.startswith("https:")


def _here(path: str) -> str:
    """A path of the console to go on with; its first page for what would lead elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path else "/"
