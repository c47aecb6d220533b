"""HTTP errors as RFC 9457 problem details, each naming the field and the fix."""

import json
import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class Problem(Exception):
    """Raise this in a route. `slug` becomes the type `/problems/<slug>`; `who` is only logged."""

    who = ""

    def __init__(self, status: int, slug: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.slug, self.detail, self.headers, self.more = status, slug, detail, headers, more


class _ProblemResponse(JSONResponse):
    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        """Replace unpaired surrogates, which the request may have contained."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


class LastResort:
    """ASGI middleware: an unhandled exception becomes a logged 500 response.

    Starlette would raise it again to the server, which closes the connection: a request that a proxy has sent after it
    on the same connection would fail.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if begun or scope["type"] != "http":  # a response that has begun cannot be replaced
                raise
            log.exception("%s %s", scope["method"], route_of(scope))
            answer = problem(500, "internal-error", f"{type(error).__name__}: the service's log has more")
            await answer(scope, receive, send)


def route_of(scope: Scope) -> str:
    """The path of the route, `/v1/persons/{person_id}/360`: path parameters may be personal."""
    return str(getattr(scope.get("route"), "path", "(no route)"))


def problem(status: int, slug: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """The response for a problem."""
    body = {"type": f"/problems/{slug}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return _ProblemResponse(body, status, headers)


def install(app: FastAPI) -> None:
    """Answer every error of this app with problem details."""
    app.add_middleware(LastResort)

    @app.exception_handler(Problem)
    async def problem_response(request: Request, error: Problem) -> JSONResponse:
        return problem(error.status, error.slug, error.detail, error.headers, **error.more)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [{"field": _field(e), "problem": f"{e['msg']}{_hint(e)}"} for e in error.errors()]
        detail = "; ".join(f"`{f['field']}`: {f['problem']}" for f in fields)
        malformed = any(e["type"] == "json_invalid" for e in error.errors())
        slug, status = ("malformed-json", 400) if malformed else ("invalid-field", 422)
        return problem(status, slug, detail, errors=fields)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        slug = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        detail = f"{request.method} {request.url.path}: {error.detail}"
        return problem(error.status_code, slug, detail)


def _field(error: Any) -> str:
    if error["type"] == "json_invalid":
        return f"body at character {error['loc'][-1]}"
    return ".".join(map(str, error["loc"][1:])) or "body"


def _hint(error: Any) -> str:
    """A `+` in a query arrives as a space, which makes a time with its offset unreadable."""
    in_query = error["loc"][0] == "query" and "datetime" in error["type"]
    return ": in a URL write `+` as `%2B`" if in_query and " " in str(error.get("input", "")) else ""
