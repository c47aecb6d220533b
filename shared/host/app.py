"""The FastAPI app of one process: health and status always, its own routes in the roles api and intake."""

import logging
from collections.abc import Collection

from aiokafka.errors import KafkaError
from fastapi import Depends, FastAPI, Request, Response

from shared import mongo, problems
from shared.bus.producer import RecordTooLarge
from shared.bus.writing import TooLarge
from shared.guard import BODY_BYTES, RateCounts, check_guarded, described
from shared.host.deps import Deps
from shared.host.exposure import near
from shared.host.headers import SecurityHeaders
from shared.host.health import health_routes, status_route
from shared.host.storable import storable
from shared.http import AnsweredBefore, answer_again, command_routes, known_parameters
from shared.problem_types import all_problems
from shared.problems import problem, route_of
from shared.telemetry import HTTP

log = logging.getLogger(__name__)


def build_app(deps: Deps, roles: Collection[str]) -> FastAPI:
    """The app of a process with these roles; `deps` is in `app.state` for routes and dependencies."""
    title = deps.service.name.replace("_", " ")
    local = near(deps.settings)
    schema = "/openapi.json" if local else None  # beyond loopback: docs/reference has it
    app = FastAPI(
        title=f"CareLoop {title}",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=schema,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        telemetry=HTTP,
    )
    app.state.deps, app.state.verifier = deps, deps.verifier
    app.state.body_bytes = deps.settings.body_bytes.get(deps.service.name, BODY_BYTES)
    app.state.rates = RateCounts(deps.settings.rates.per_minute, deps.settings.rates.routes)
    problems.install(app)
    app.add_exception_handler(mongo.MongoError, read_models_away)
    app.add_exception_handler(KafkaError, log_away)
    app.add_exception_handler(AnsweredBefore, answer_again)
    for error_type in (RecordTooLarge, TooLarge):
        app.add_exception_handler(error_type, too_large)
    app.add_middleware(SecurityHeaders, https=deps.settings.hospital.public_url.startswith("https:"))
    app.include_router(health_routes(deps))
    app.include_router(status_route(deps, local))
    routers = [deps.service.api(deps)] if "api" in roles else []
    if "api" in roles and deps.service.deciders:
        routers.append(command_routes(deps))
    if "intake" in roles and deps.service.intake:
        routers.append(deps.service.intake(deps))
    for router in routers:
        app.include_router(router, dependencies=[Depends(known_parameters), Depends(storable)])
    check_guarded(app)
    return described(app, all_problems(deps.service.package))


async def read_models_away(request: Request, error: Exception) -> Response:
    """MongoDB is away: commands still work, reads must be repeated."""
    log.warning("%s %s: %s", request.method, route_of(request.scope), type(error).__name__)
    detail = f"the read models are away ({type(error).__name__}): ask again in a moment; commands are still taken"
    return problem(503, "read-models-away", detail, {"retry-after": "2"})


async def log_away(request: Request, error: Exception) -> Response:
    """Kafka is away: nothing is accepted that would not be durable."""
    log.warning("%s %s: %s", request.method, route_of(request.scope), type(error).__name__)
    detail = f"Kafka is away ({type(error).__name__}), so nothing was taken: send it again in a moment"
    return problem(503, "log-away", detail, {"retry-after": "2"})


async def too_large(request: Request, error: Exception) -> Response:
    """A record is too large; nothing was sent."""
    log.warning("%s %s: %s", request.method, route_of(request.scope), error)
    return problem(413, "too-large", f"{error}: nothing was taken")
