"""Health and status of one process, for orchestrators and `careloop status`."""

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from shared.guard import Authentication, Public, guarded, scope
from shared.host import status as state
from shared.host.alive import live_answer, ready_answer
from shared.host.deps import Deps

ON_THIS_MACHINE = Public("commands on this machine ask, and nothing of patients is told")


def health_routes(deps: Deps) -> APIRouter:
    """Whether the process lives, and whether it is ready."""
    router = guarded(
        tags=["health"], dependencies=[Depends(Public("orchestrators ask, and nothing of patients is told"))]
    )

    @router.get("/health/live")
    async def live() -> JSONResponse:
        return live_answer(deps.pulses)

    @router.get("/health/ready")
    async def is_ready() -> JSONResponse:
        return ready_answer(state.ready(deps))

    return router


def status_route(deps: Deps, near: bool) -> APIRouter:
    """The data of `careloop status`. It names topics, so beyond this machine it wants a token of an operator."""
    asked: Authentication = ON_THIS_MACHINE if near else scope("ops:read", of_nobody="names of groups, and counts")
    router = guarded(dependencies=[Depends(asked)])

    @router.get("/internal/status", include_in_schema=False)
    async def progress() -> dict[str, object]:
        return await state.status(deps)

    return router
