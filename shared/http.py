"""HTTP → command → outcome → HTTP, the same for every service."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from shared import positions
from shared.auth import scope
from shared.contracts.base import Command
from shared.host.deps import Deps
from shared.ids import derive
from shared.outcomes import Outcome
from shared.problems import Problem, problem
from shared.projector.folding import CAUSE
from shared.telemetry import edge_span

WAIT_SECONDS = 10.0


def command_id(request: Request, client: str) -> str:
    """`uuid5(client, route, Idempotency-Key)`, or a fresh id where the header is absent."""
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= 200:
        raise Problem(400, "idempotency-key-invalid", "`Idempotency-Key` must have 1 to 200 characters")
    return derive(client, request.method, request.url.path, key) if key else str(uuid4())


async def submit_and_wait(
    deps: Deps, target: str, command: Command, document: Mapping[str, Any] | None = None
) -> Outcome | None:
    """Send a command to a decider of this service; its outcome, or None where that takes too long.

    `document` is the read model the caller acted on: the command is caused by the last event in it.
    """
    cause = (document or {}).get(CAUSE, {})
    decider = next(d for d in deps.service.deciders if d.service == target)
    deps.replies.expect(command.id)
    with edge_span(f"create {type(command).__name__}", **{"careloop.command": type(command).wire}) as headers:
        envelope = deps.sender.envelope(target, command, cause.get("correlation", ""), cause.get("event", ""))
        await deps.sender.send(target, [(envelope, headers)], decider.partitions)
    return await deps.replies.wait(command.id, WAIT_SECONDS)


async def submit(
    deps: Deps, target: str, command: Command, created: int = 200, document: Mapping[str, Any] | None = None
) -> JSONResponse:
    """Send a command and answer with its outcome; 202 with a place to look where that takes too long."""
    outcome = await submit_and_wait(deps, target, command, document)
    if outcome is None:
        where = f"/commands/{command.id}"
        return JSONResponse({"command_id": command.id, "status": "pending"}, 202, {"location": where})
    return answer(outcome, created)


def answer(outcome: Outcome, created: int = 200) -> JSONResponse:
    """The response for an outcome: a rejection is 409, a failed rule 500, both as problem details."""
    if outcome.status == "rejected":
        return problem(409, outcome.slug, outcome.detail, command_id=outcome.command_id)
    if outcome.status == "failed":
        detail = f"{outcome.detail}: the command is kept as a dead letter, `careloop dlq list` shows it"
        return problem(500, outcome.slug, detail, command_id=outcome.command_id)
    body = {
        "command_id": outcome.command_id,
        "status": outcome.status,
        "aggregate": outcome.aggregate,
        "event_ids": list(outcome.event_ids),
        "position": positions.token(outcome.position),
    }
    return JSONResponse(body, created if outcome.status == "accepted" else 200)


def command_routes(deps: Deps) -> APIRouter:
    """`GET /commands/{id}`: what became of a command, for seven days."""
    router = APIRouter(tags=["commands"])
    read: Callable[[Request], str] = scope(f"{deps.service.slug}:read")

    @router.get("/commands/{id}")
    async def look(id: str, request: Request) -> JSONResponse:
        read(request)
        found = await deps.database["command_outcomes"].find_one({"_id": id})
        if found is None:
            raise Problem(404, "command-unknown", f"no outcome is known for {id!r}: it is undecided or over 7 days old")
        return answer(Outcome.model_validate({**found, "time": found["time"].isoformat()}))

    return router
