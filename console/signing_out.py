"""Sign out: here, and at the identity provider if somebody signed in there."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from console.desk import Desk, attempt
from console.problems import Trouble
from console.sealing import Seal
from console.session import COOKIE
from console.signing_in import PATH

HINT = "careloop_provider"
"""The cookie with the ID token: the provider wants to see it at sign-out, else it asks whether to sign out."""
LONGEST_HINT = 2500
"""Characters of an ID token that fits sealed into a cookie (4096 bytes, RFC 6265)."""
CLEARED = {"clear-site-data": '"storage"'}


def routes(desk: Desk) -> APIRouter:
    """The routes: in this browser, and in every one."""
    router = APIRouter(include_in_schema=False)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        return await signed_out(desk, request)

    @router.post("/sign-out/everywhere")
    async def sign_out_everywhere(request: Request) -> Response:
        person = desk.person(request)
        ended = await attempt(desk.client(person).contacts.end_own_sessions())
        if isinstance(ended, Trouble):
            return desk.show(request, person, "trouble.html", ended.status, trouble=ended)
        return await signed_out(desk, request)

    return router


async def signed_out(desk: Desk, request: Request) -> Response:
    """Sign out in this browser."""
    back = f"{desk.settings.hospital.public_url.rstrip('/')}{PATH}"
    hint = Seal(desk.settings.console, "provider").opened(desk.cookies.value(request, HINT))
    leads = await desk.provider.sign_out_url(hint.decode(), back) if desk.provider and hint else ""
    answer: Response = RedirectResponse(PATH, 303)
    if leads:  # a form may not be redirected to another host (CSP form-action), so a page leads there
        answer = desk.pages.answer(request, "signed_out.html", None, desk.language(request), leads=leads)
    for name in (COOKIE, HINT):
        desk.cookies.drop(answer, name)
    answer.headers.update(CLEARED)
    request.state.session = None  # else its cookie would be renewed by this answer
    return answer


def keep_hint(desk: Desk, answer: Response, id_token: str) -> None:
    """Keep the ID token for the sign-out; one that is too long is left out, then the provider asks."""
    if len(id_token) <= LONGEST_HINT:
        desk.cookies.put(answer, HINT, Seal(desk.settings.console, "provider").sealed(id_token.encode()))
