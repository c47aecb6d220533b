"""The answers to an orchestrator that asks how a process is, of services and of the console."""

from collections.abc import Mapping

from fastapi.responses import JSONResponse

from shared.pulse import STALL_SECONDS, Pulse


def live_answer(pulses: Mapping[str, Pulse]) -> JSONResponse:
    """200, or 503 with the loops that have made no progress for too long, and their seconds."""
    stuck = {name: round(pulse.silent) for name, pulse in pulses.items() if pulse.silent > STALL_SECONDS}
    if stuck:
        return JSONResponse({"status": "stalled", "silent_seconds": stuck}, 503)
    return JSONResponse({"status": "live"})


def ready_answer(ok: bool) -> JSONResponse:
    """200 or 503."""
    return JSONResponse({"status": "ready" if ok else "starting"}, 200 if ok else 503)
