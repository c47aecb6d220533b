"""The console's application: static files, sign-in, and the routes of every screen behind its roles."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from console import account, assets, forms, health, palette, provider_routes, saved_views, signing_in, signing_out
from console.desk import Desk, NotSignedIn, NotYours
from console.guard import foreign, own_path
from console.live import routes as live
from console.problems import FAILURES, Trouble, trouble_of
from console.screens import SCREENS, screen_routes
from shared.host.headers import SecurityHeaders
from shared.problems import problem, route_of
from shared.telemetry import HTTP

log = logging.getLogger(__name__)
HTMX_REDIRECT = "hx-redirect"
Next = Callable[[Request], Awaitable[Response]]


def build(desk: Desk) -> FastAPI:
    """The application."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, telemetry=HTTP)
    _errors(app, desk)
    app.include_router(assets.routes())
    app.include_router(signing_in.routes(desk))
    app.include_router(signing_out.routes(desk))
    app.include_router(account.routes(desk))
    app.include_router(palette.routes(desk))
    app.include_router(saved_views.routes(desk))
    if desk.provider:
        app.include_router(provider_routes.routes(desk, desk.provider))
    app.include_router(live.routes(desk))
    for screen in SCREENS:

        async def may_open(request: Request, screen: Any = screen) -> None:
            request.state.person = desk.opening(screen, request)

        app.include_router(screen_routes(screen, desk), include_in_schema=False, dependencies=[Depends(may_open)])

    app.include_router(health.routes(desk), include_in_schema=False)

    @app.get("/", include_in_schema=False)
    async def first(request: Request) -> Response:
        """The first screen of the menu that this person may open; one who may open none is told what to do."""
        person = desk.person(request)
        allowed = (screen.path for screen in SCREENS if screen.in_menu and screen.opens_for(person.staff.roles))
        path = next(allowed, None)
        return RedirectResponse(path, 303) if path else desk.show(request, person, "no_screens.html", 403)

    _middleware(app, desk)
    return app


def _middleware(app: FastAPI, desk: Desk) -> None:
    @app.middleware("http")
    async def sessions(request: Request, call_next: Next) -> Response:
        if foreign(request):
            return Response("this request comes from a page of another site", 403)
        answer = await call_next(request)
        session = getattr(request.state, "session", None)
        if session and not live.by_itself(request):
            if renewed := desk.sessions.renewed(session):
                signing_in.set_session(desk, answer, renewed)
            forms.note(desk.cookies, request, answer)
        return answer

    app.add_middleware(SecurityHeaders, https=desk.settings.hospital.public_url.startswith("https:"))


def _errors(app: FastAPI, desk: Desk) -> None:
    """Every error as a page that says what to do."""

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, error: NotSignedIn) -> Response:
        if not (desk.events.ready.is_set() and desk.staff.ready.is_set()):
            return page(request, Trouble(503, "service-unavailable"))  # it has just begun, and knows nobody yet
        path = forms.sign_in_path(request)
        if live.by_itself(request):
            return Response(status_code=401)  # the page stays: somebody may be typing on it
        if "hx-request" in request.headers:
            return Response(status_code=204, headers={HTMX_REDIRECT: path})
        return RedirectResponse(path, 303)

    def page(request: Request, trouble: Trouble) -> Response:
        try:
            person = desk.person(request)
        except NotSignedIn:
            person = None
        language = person.language if person else desk.language(request)
        return desk.pages.answer(request, "trouble.html", person, language, trouble.status, trouble=trouble)

    @app.exception_handler(NotYours)
    async def not_yours(request: Request, error: NotYours) -> Response:
        return page(request, Trouble(403, "screen-not-yours"))

    @app.exception_handler(404)
    async def unknown(request: Request, error: Exception) -> Response:
        if "text/html" not in request.headers.get("accept", ""):  # a program that looks for a service
            return problem(404, "path-unknown", f"there is no {request.url.path}, neither here nor at a service")
        return page(request, Trouble(404, "page-unknown"))

    @app.exception_handler(405)
    async def only_sent(request: Request, error: Exception) -> Response:
        """The address of a form, which a browser shows after a refusal, leads to the page that the form is on."""
        if request.method != "GET":
            return Response(status_code=405)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(own_path(forms.page_above(request.url.path)) + query, 303)

    async def failed(request: Request, error: Exception) -> Response:
        return page(request, trouble_of(error))

    for kind in FAILURES:
        app.add_exception_handler(kind, failed)

    @app.exception_handler(500)
    async def broken(request: Request, error: Exception) -> Response:
        log.exception("%s %s", request.method, route_of(request.scope), exc_info=error)
        return page(request, Trouble(500, "internal-error"))
