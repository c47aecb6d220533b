"""Health and status of one process, for orchestrators and `careloop status`."""

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from shared.guard import Public, guarded
from shared.host import status as state
from shared.host.deps import Deps
from shared.pulse import STALL_SECONDS


def health_routes(deps: Deps, status: bool = True) -> APIRouter:
    """Live, ready, and with `status` the data of `careloop status`: it names topics, so it is served locally only."""
    router = guarded(
        tags=["health"], dependencies=[Depends(Public("orchestrators ask, and nothing of patients is told"))]
    )

    @router.get("/health/live")
    async def live() -> JSONResponse:
        stuck = {name: round(pulse.silent) for name, pulse in deps.pulses.items() if pulse.silent > STALL_SECONDS}
        if stuck:
            return JSONResponse({"status": "stalled", "silent_seconds": stuck}, 503)
        return JSONResponse({"status": "live"})

    @router.get("/health/ready")
    async def is_ready() -> JSONResponse:
        ok = state.ready(deps)
        return JSONResponse({"status": "ready" if ok else "starting"}, 200 if ok else 503)

    async def progress() -> dict[str, object]:
        return await state.status(deps)

    if status:
        router.get("/internal/status", include_in_schema=False)(progress)
    return router
