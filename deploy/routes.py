"""Every route of a service, with its authentication and the limit of its body."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from shared.guard import BODY_BYTES, Authentication, GuardedRoute, authentication_of, described
from shared.host.health import health_routes, status_route
from shared.http import command_routes
from shared.problem_types import all_problems
from shared.service import Service
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a service; `most` is the limit of its body in bytes."""

    service: str
    method: str
    path: str
    authentication: Authentication
    most: int


def app_of(service: Service, settings: Settings) -> FastAPI:
    """Return an app with all routes of a service, to be described only: it has no database or Kafka."""
    deps: Any = SimpleNamespace(service=service, settings=settings, database=defaultdict(object))
    title = f"CareLoop {service.name.replace('_', ' ')}"
    servers = [{"url": f"/{service.mount or service.name}", "description": "at the gateway"}]
    app = FastAPI(
        redirect_slashes=False, title=title, version="1", servers=servers, separate_input_output_schemas=False
    )
    for routes in (service.api, service.intake, command_routes if service.deciders else None):
        if routes:
            app.include_router(routes(deps))
    app.include_router(health_routes(deps), include_in_schema=False)
    app.include_router(status_route(deps, near=False), include_in_schema=False)
    return described(app, all_problems(service.package))


def routes_of(service: Service, app: FastAPI) -> Iterator[Route]:
    """Yield the routes of a service's app, one for each method."""
    for context in iter_route_contexts(app.routes):
        if isinstance(route := context.original_route, GuardedRoute):
            for method in sorted(context.methods or ()):
                authentication = authentication_of(route)
                yield Route(service.slug, method, str(context.path), authentication, route.most or BODY_BYTES)
