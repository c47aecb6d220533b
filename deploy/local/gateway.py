"""One port for everything: every service under its mount, the health of the whole, the mailbox."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.types import Scope

from deploy.catalogue import intakes, mounts
from deploy.local.hosts import KnownHost
from shared import problems
from shared.host.headers import SecurityHeaders
from shared.problems import problem
from shared.telemetry import HTTP

HOP = {
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
"""What a client says of the way it came: services believe it from this machine, so it is ours to say."""
KNOWN = {*HOP, "content-length", "content-encoding"}
PRIVATE = ("internal", "openapi.json")
"""How paths of services begin that only this machine may ask for."""
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class Backends:
    """Where the api role of each service listens, and every role's health address.

    `pids` says who should answer; None where that is not known.
    """

    def __init__(
        self,
        apis: dict[str, str],
        health: dict[str, str],
        pids: Callable[[str], int | None] | None,
        logs: Callable[[str], object] = str,
    ) -> None:
        self.apis, self.health, self._logs, self._pids = apis, health, logs, pids
        limits = httpx.Limits(max_connections=400, keepalive_expiry=2)  # before the service ends an idle one (5 s)
        self.client = httpx.AsyncClient(timeout=30, limits=limits)

    def api_of(self, service: str, path: str) -> str:
        """Who answers a path of a service."""
        taken = any(path == begins or path.startswith(f"{begins}/") for begins in intakes().get(service, ()))
        return self.apis[f"{service}-intake" if taken else service]

    async def ask(self, name: str, path: str) -> dict[str, Any]:
        """One role's answer, or {"ready": False, "error": …}."""
        try:
            response = await self.client.get(f"{self.health[name]}{path}", timeout=5)
            told, wrong = dict(response.json()), "another process answers at its address"
            if self._pids is None or told.get("pid") == self._pids(name):
                return told
        except (httpx.HTTPError, ValueError) as error:
            wrong = type(error).__name__
        return {"ready": False, "error": wrong, "log": str(self._logs(name))}

    async def status(self) -> dict[str, dict[str, Any]]:
        """Every role's status."""
        names = list(self.health)
        answers = await asyncio.gather(*(self.ask(name, "/internal/status") for name in names))
        return dict(zip(names, answers, strict=True))


def build(backends: Backends, *extra: APIRouter, hosts: Collection[str] = (), near: bool = True) -> FastAPI:
    """The gateway's app; `extra` are what stands in for others on a laptop, `hosts` its names beside loopback's.

    Unless it is `near` (nobody beyond this machine reaches it), what operators look at is a 404.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, telemetry=HTTP)
    problems.install(app)
    app.add_middleware(KnownHost, hosts=hosts)
    app.add_middleware(SecurityHeaders, https=False)
    for router in extra:
        app.include_router(router)
    app.include_router(_health(backends, near))

    @app.api_route("/{mount}", methods=METHODS)
    @app.api_route("/{mount}/{path:path}", methods=METHODS)
    async def forward(mount: str, request: Request, path: str = "") -> Response:
        service = mounts().get(mount)
        if service is None:
            known = ", ".join(f"/{name}" for name in mounts())
            return problem(404, "path-unknown", f"there is no /{mount}: the services are at {known}")
        passed = [(k, v) for k, v in request.headers.raw if k.decode("latin-1").lower() not in HOP | FORWARDED]
        headers = [*passed, (b"x-forwarded-for", (request.client.host if request.client else "").encode())]
        try:
            url = _behind(backends.api_of(service, f"/{path}"), request.scope)
            if not near and url.path.split("/")[1] in PRIVATE:
                return problem(404, "path-unknown", f"/{mount} tells that on its own machine alone")
            answer = await backends.client.request(request.method, url, headers=headers, content=_body(request))
        except httpx.InvalidURL as error:
            return problem(400, "path-invalid", f"the path cannot be passed on: {error}")
        except httpx.HTTPError as error:
            detail = f"{service} does not answer ({type(error).__name__}): it is restarting or its log says why"
            return problem(503, "service-unavailable", detail, {"retry-after": "2"})
        back = Response(answer.content, answer.status_code)
        back.raw_headers += [(k.lower(), v) for k, v in answer.headers.raw if k.decode("latin-1").lower() not in KNOWN]
        return back

    return app


def _body(request: Request) -> AsyncIterator[bytes] | None:
    """What the request holds, passed on as it comes: how much of it is taken is the service's to say."""
    sent = not {"content-length", "transfer-encoding"}.isdisjoint(request.headers)
    return request.stream() if sent else None


def _behind(api: str, scope: Scope) -> httpx.URL:
    """The address behind a mount, path and query byte for byte as they came."""
    path = b"/" + scope["raw_path"].removeprefix(b"/").partition(b"/")[2]
    query = scope["query_string"]
    return httpx.URL(api).copy_with(raw_path=path + (b"?" + query if query else b""))


def _health(backends: Backends, near: bool) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def root() -> dict[str, Any]:
        services = {name: f"/{name}/openapi.json" if near else f"/{name}" for name in mounts()}
        return {"services": services, "health": "/health/ready", **({"mailbox": "/dev/mailbox"} if near else {})}

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        status = await backends.status()
        waiting = [name for name, answer in status.items() if not answer.get("ready")]
        body = {"status": "starting" if waiting else "ready", "waiting_for": waiting}
        return JSONResponse(body, 503 if waiting else 200)

    if near:
        router.get("/internal/status")(backends.status)
    return router
