"""Sign in at the hospital's identity provider: to it, and back with its answer."""

import logging
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from console.attempts import Attempt, Attempts
from console.desk import Desk
from console.guard import own_path
from console.provider import ANSWER, TO_PROVIDER, Provider, SignedIn, SignInFailed
from console.session import Session
from console.signing_in import form, set_session
from console.signing_out import keep_hint
from console.staff import by_login

log = logging.getLogger(__name__)
Given = Annotated[str, Query(max_length=4000)]


def routes(desk: Desk, provider: Provider) -> APIRouter:
    """The routes: to the provider, and back with its answer."""
    router = APIRouter(include_in_schema=False)
    attempts = Attempts(desk.settings.console, desk.cookies)

    @router.get(TO_PROVIDER)
    async def go(request: Request, to: Given = "/") -> Response:
        attempt = Attempt.new(own_path(to))
        try:
            url = await provider.sign_in_url(attempt, desk.language(request))
        except SignInFailed as error:
            return form(desk, request, to, error.status, error.problem)
        answer = RedirectResponse(url, 303)
        attempts.keep(request, answer, attempt)
        return answer

    @router.get(ANSWER)
    async def come_back(
        request: Request, state: Given = "", code: Given = "", error: Given = "", iss: Given = ""
    ) -> Response:
        attempt = attempts.of(request, state)
        if attempt is None:
            return form(desk, request, "/", 400, "sign-in.attempt-over")
        try:
            if error or not code:
                log.warning("the identity provider answered with an error")
                raise SignInFailed("sign-in.provider-refused", 403)
            answer = _begun(desk, await provider.signed_in(attempt, code, iss), attempt.to)
        except SignInFailed as failed:
            answer = form(desk, request, attempt.to, failed.status, failed.problem)
        attempts.end(answer, state)
        return answer

    return router


def _begun(desk: Desk, signed_in: SignedIn, to: str) -> Response:
    """The session of the member of staff who has this login. Raises `SignInFailed` if nobody has."""
    staff = by_login(desk.staff.snapshot, signed_in.login)
    if staff is None:
        raise SignInFailed("sign-in.no-staff", 403)
    answer = RedirectResponse(to, 303)
    set_session(desk, answer, Session.new(staff.id))
    keep_hint(desk, answer, signed_in.id_token)
    return answer
