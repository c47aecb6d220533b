"""Errors over HTTP: RFC 9457 problem details, each naming the field and the fix."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException


class Problem(Exception):
    """Raise this in a route. `slug` becomes the problem type `/problems/<slug>`."""

    def __init__(self, status: int, slug: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.slug, self.detail, self.headers, self.more = status, slug, detail, headers, more


def problem(status: int, slug: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """The response for a problem."""
    body = {"type": f"/problems/{slug}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Every error of this app leaves it as problem details."""

    @app.exception_handler(Problem)
    async def told(request: Request, error: Problem) -> JSONResponse:
        return problem(error.status, error.slug, error.detail, error.headers, **error.more)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        fields = [{"field": _field(e), "problem": f"{e['msg']}{_hint(e)}"} for e in error.errors()]
        detail = "; ".join(f"`{f['field']}`: {f['problem']}" for f in fields)
        malformed = any(e["type"] == "json_invalid" for e in error.errors())
        slug, status = ("malformed-json", 400) if malformed else ("invalid-field", 422)
        return problem(status, slug, detail, errors=fields)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        return problem(500, "internal-error", f"{type(error).__name__}: the service's log has more")

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
    """A `+` in a query is a space by the time it arrives, which makes a time with its offset unreadable."""
    in_query = error["loc"][0] == "query" and "datetime" in error["type"]
    return ": in a URL write `+` as `%2B`" if in_query and " " in str(error.get("input", "")) else ""
