"""Routes that look: status of every process, checks, traces."""

from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Depends, Query, Request

from deploy.catalogue import process_names
from deploy.operating.doctor import EXPOSURE, examine
from deploy.operating.statuses import Processes, as_operator, readiness
from deploy.operating.tracing import NothingKnown, traced
from deploy.ops.answers import CheckList, SystemStatus, TraceAnswer
from deploy.ops.describing import checked, stated, trace_records
from deploy.ops.settings import OpsSettings
from shared.answers import answers
from shared.audit import seen
from shared.caller import Caller
from shared.contracts.bounds import Code
from shared.guard import scope
from shared.host.deps import Deps
from shared.problems import Problem
from shared.service import Service

READ = scope("ops:read", of_nobody="ids, places and counts; whom they are about is on record before it is answered")
SLOW = scope("ops:read", per_minute=60, of_nobody="whether servers, topics and keys are in order")
MOST_RECORDS = 2000
"""How many records of a trace are answered."""


def add(router: APIRouter, deps: Deps, services: list[Service]) -> None:
    """Add the routes."""
    _system(router, deps, services)
    _traces(router, deps)


def _system(router: APIRouter, deps: Deps, services: list[Service]) -> None:
    async def status() -> dict[str, dict[str, Any]]:
        own = OpsSettings.of(deps.settings).ops
        headers = as_operator(own.signing_key_file, deps.settings.auth, deps.service.name)
        async with httpx.AsyncClient(headers=headers) as client:
            addresses = own.processes or {name: own.url_of(name) for name in process_names()}
            return await Processes(client, addresses).status()

    @router.get("/v1/status", responses=answers(SystemStatus))
    async def get_status(caller: Caller = Depends(READ)) -> dict[str, Any]:
        """Get readiness, lag and position of every process."""
        return stated(await status(), deps.clock())

    @router.get("/v1/checks", responses=answers(CheckList))
    async def list_checks(caller: Caller = Depends(SLOW)) -> dict[str, Any]:
        """List what `careloop doctor` checks: broker, topics, groups, database, keys, authentication, processes.

        What settings leave open is not among it: a process that has such a fault does not start.
        """
        findings = await examine(deps.settings, services, without=(EXPOSURE,))
        return checked([*findings, readiness(await status())], deps.clock())


def _traces(router: APIRouter, deps: Deps) -> None:
    @router.get("/v1/traces", responses=answers(TraceAnswer, "trace-unknown"))
    async def find_trace(
        request: Request,
        id: Annotated[Code, Query(min_length=1, description="of anything in the system, or an HL7 control id")],
        caller: Caller = Depends(READ),
    ) -> dict[str, Any]:
        """Find what caused a record, and what it caused: ids and outcomes, no names and no texts."""
        try:
            result = await traced(deps.mongo, deps.settings.span_file, id)
        except NothingKnown as error:
            raise Problem(404, "trace-unknown", str(error)) from error
        seen(request).add(result.persons)
        seen(request).add_resources(result.resources)
        return trace_records(result.roots, MOST_RECORDS, result.spans_left_out)
