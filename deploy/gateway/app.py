"""The app of the gateway: every service under its mount, what routers add to it, and the console for all else."""

import logging
from collections.abc import AsyncIterator, Collection
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Scope

from deploy.catalogue import mounts
from deploy.gateway.away import CONSOLE, away
from deploy.gateway.backends import Backends
from deploy.gateway.hosts import KnownHost
from deploy.gateway.patients import Passes
from deploy.operating.statuses import waiting
from shared import problems
from shared.host.headers import SecurityHeaders
from shared.problems import problem
from shared.telemetry import HTTP

HOP_BY_HOP = {
    "date",
    "server",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
    "host",
}
FORWARDED = {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip"}
"""Request headers that are dropped: services trust them from this machine, so that only the gateway sets them."""
PRIVATE = ("internal", "openapi.json")
"""First path segments of services that are forwarded only if nobody beyond this machine reaches the gateway."""
log = logging.getLogger(__name__)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


def build(
    backends: Backends,
    *extra: APIRouter,
    hosts: Collection[str] = (),
    near: bool = True,
    https: bool = False,
    passes: Passes | None = None,
) -> FastAPI:
    """Return the gateway's app. `extra` are routes of simulators, `hosts` its host names besides loopback.

    Unless it is `near` (nobody beyond this machine reaches it), the paths for operators are answered 404; so is what
    does not pass, if `passes` says what does. `https`: whether browsers reach it so.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, telemetry=HTTP)
    problems.install(app)
    app.add_middleware(KnownHost, hosts=hosts)
    app.add_middleware(SecurityHeaders, https=https)
    for router in extra:
        app.include_router(router)
    app.include_router(_health(backends, near))
    if passes is None:
        app.include_router(_overview(backends, near))

    @app.api_route("/", methods=METHODS)
    @app.api_route("/{mount}", methods=METHODS)
    @app.api_route("/{mount}/{path:path}", methods=METHODS)
    async def forward(request: Request, mount: str = "", path: str = "") -> Response:
        if passes and not passes(request.method, request.scope["path"]):
            return problem(404, "path-unknown", "there is nothing here for anybody without a link of ours")
        service = mounts().get(mount)
        if service is None and (backends.console is None or mount in PRIVATE):
            paths = ", ".join(f"/{name}" for name in mounts())
            return problem(404, "path-unknown", f"there is no /{mount}: the services are at {paths}")
        try:
            url = (
                _behind(backends.api_of(service, f"/{path}"), request.scope) if service else _console(backends, request)
            )
            if service and not near and url.path.split("/")[1] in PRIVATE:
                return problem(404, "path-unknown", f"/{mount} tells that on its own machine alone")
            return await _passed_on(backends, request, url, service or CONSOLE)
        except httpx.InvalidURL as error:
            return problem(400, "path-invalid", f"the path cannot be passed on: {error}")

    return app


async def _passed_on(backends: Backends, request: Request, url: httpx.URL, who: str) -> Response:
    """Ask what is behind the gateway; a 503 if it does not answer."""
    dropped = HOP_BY_HOP | FORWARDED
    passed = [(name, value) for name, value in request.headers.raw if name.decode("latin-1").lower() not in dropped]
    headers = [*passed, (b"x-forwarded-for", (request.client.host if request.client else "").encode())]
    asked = backends.client.build_request(request.method, url, headers=headers, content=_body(request))
    try:
        return _relayed(await backends.client.send(asked, stream=True))
    except httpx.HTTPError as error:
        log.warning("%s does not answer %s: %r", who, request.method, error)
        return away(request, who, error)


def _relayed(answer: httpx.Response) -> StreamingResponse:
    """Pass an answer on as it comes: its bytes as they are encoded, and each header, repeated ones too."""

    async def body() -> AsyncIterator[bytes]:
        try:
            async for chunk in answer.aiter_raw():
                yield chunk
        finally:
            await answer.aclose()

    response = StreamingResponse(body(), answer.status_code)
    headers = [(name.lower(), value) for name, value in answer.headers.raw]
    response.raw_headers = [(name, value) for name, value in headers if name.decode("latin-1") not in HOP_BY_HOP]
    return response


def _body(request: Request) -> AsyncIterator[bytes] | None:
    """Return the body as a stream, since the service limits its size; None for a request without a body."""
    has_body = not {"content-length", "transfer-encoding"}.isdisjoint(request.headers)
    return request.stream() if has_body else None


def _behind(api: str, scope: Scope) -> httpx.URL:
    """Return the URL at the service, with path and query byte for byte as they came."""
    return _at(api, b"/" + scope["raw_path"].removeprefix(b"/").partition(b"/")[2], scope)


def _console(backends: Backends, request: Request) -> httpx.URL:
    """Return the URL at the console, which has the paths that no service has."""
    return _at(str(backends.console), request.scope["raw_path"], request.scope)


def _at(address: str, path: bytes, scope: Scope) -> httpx.URL:
    query = scope["query_string"]
    return httpx.URL(address).copy_with(raw_path=path + (b"?" + query if query else b""))


def _overview(backends: Backends, near: bool) -> APIRouter:
    router = APIRouter()

    @router.get("/", response_model=None)
    async def root(request: Request) -> Response | dict[str, Any]:
        if backends.console and "text/html" in request.headers.get("accept", ""):
            return await _passed_on(backends, request, _console(backends, request), CONSOLE)
        services = {name: f"/{name}/openapi.json" if near else f"/{name}" for name in mounts()}
        return {"services": services, "health": "/health/ready", **({"mailbox": "/dev/mailbox"} if near else {})}

    return router


def _health(backends: Backends, near: bool) -> APIRouter:
    router = APIRouter()

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        not_ready = waiting(await backends.status())
        body = {"status": "starting" if not_ready else "ready", "waiting_for": not_ready}
        return JSONResponse(body, 503 if not_ready else 200)

    if near:
        router.get("/internal/status")(backends.status)
    return router
