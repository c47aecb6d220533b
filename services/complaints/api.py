"""HTTP: open, assign, resolve and list cases."""

from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from services.complaints.answers import Case, CaseCounts, CaseStep
from services.complaints.commands import UNRATED, AssignCase, CaseCommand, OpenCase, ResolveCase
from services.complaints.queue import MOST_COUNTED, ORDERS, STATUSES, Filter, Sorting, Statuses, next_due
from shared.access import Reader, acting, readers_with
from shared.answers import Page, Shown, answers, decides
from shared.contracts.bounds import Code
from shared.contracts.complaints import Severity
from shared.guard import Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, submit
from shared.humans import records_of
from shared.ids import derive
from shared.opening import opened
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel, in_status, iso

READ, WRITE = readers_with("complaints:read"), asking("complaints:write")
HANDLE = asking("complaints:handle", "complaints:write")
HANDLED = ("case-unknown", "case-already-resolved", "case-changed")
KEPT_BACK = ("opened_by", "closed_by", "due_by")
"""Fields of the read model that are not answered as they are."""
TAG = Tag("complaints", "Cases from when they are opened until they are resolved")


class NewCase(Body):
    """A complaint or suggestion that somebody takes down."""

    person_id: Code = Field(min_length=1)
    category: Literal["complaint", "suggestion"]
    severity: Severity = UNRATED
    source: Literal["phone", "desk", "web"]
    department: Code = ""
    description: str = Field(min_length=1, max_length=10_000)


class Assignment(Body):
    """Who works on the case. `seen_revision`: of the case that you saw; refused if it was changed since."""

    assignee: Code = Field(min_length=1)
    seen_revision: int | None = Field(default=None, ge=0)


class Resolution(Body):
    """How the case was resolved. `seen_revision`: as of an assignment."""

    resolution: str = Field(min_length=1, max_length=10_000)
    seen_revision: int | None = Field(default=None, ge=0)


def routes(deps: Deps) -> APIRouter:
    """The routes of complaints."""
    router = guarded(tags=[TAG])
    _writing(router, deps)
    _reading(router, deps)
    return router


def _writing(router: APIRouter, deps: Deps) -> None:
    cases = ReadModel(deps, "cases")

    async def send(asked: Asked, command: CaseCommand) -> JSONResponse:
        """Send a command about a case that the caller may read."""
        case = await acting(deps, asked.caller).target(cases, command.case_id, *unknown(command.case_id))
        return await submit(deps, asked, "complaints", command, document=case)

    @router.post("/v1/cases", responses=decides("person-unknown", "people-behind", created=True))
    async def open_case(body: NewCase, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Open a case for the lead record of the human. `aggregate` in the answer is the case id."""
        await acting(deps, asked.caller).need(body.person_id)
        case_id = derive(asked.id, "case")
        lead, _ = await records_of(deps, body.person_id)
        fields = body.model_dump(exclude={"person_id"})
        command = OpenCase(**asked.stamp, case_id=case_id, source_id=asked.id, person_id=lead, **fields)
        return await submit(deps, asked, "complaints", command, created=201)

    @router.post("/v1/cases/{case_id}/assignment", responses=decides(*HANDLED))
    async def assign_case(case_id: str, body: Assignment, asked: Asked = Depends(HANDLE)) -> JSONResponse:
        """Assign the case; this stops the response clock."""
        command = AssignCase(**asked.stamp, case_id=case_id, assigned_by=asked.caller.name, **body.model_dump())
        return await send(asked, command)

    @router.post("/v1/cases/{case_id}/resolution", responses=decides(*HANDLED))
    async def resolve_case(case_id: str, body: Resolution, asked: Asked = Depends(HANDLE)) -> JSONResponse:
        """Resolve the case; this stops every clock."""
        command = ResolveCase(**asked.stamp, case_id=case_id, resolved_by=asked.caller.name, **body.model_dump())
        return await send(asked, command)


def _reading(router: APIRouter, deps: Deps) -> None:
    cases = ReadModel(deps, "cases", "humans", "people", "access")
    history = ReadModel(deps, "case_history", "cases", "humans", "access")

    @router.get("/v1/cases", responses=answers(Page[Case]))
    async def list_cases(
        page: AskedPage,
        only: Filter,
        person: str | None = None,
        status: Statuses = None,
        sort: Sorting = "id",
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """List cases, of a human (under any record) or by a filter; `next` is the cursor of the next page."""
        where = {**only, **in_status(status)}
        return await reader.page(cases, where, page, partial(_shown, deps), ORDERS[sort], person=person)

    @router.get("/v1/case-counts", responses=answers(Shown[CaseCounts]))
    async def count_cases(
        only: Filter, min_position: str | None = None, reader: Reader = Depends(READ)
    ) -> dict[str, Any]:
        """Count cases by status."""
        await cases.wait(min_position)
        return await cases.shown(await reader.counts(cases, only, STATUSES, MOST_COUNTED))

    @router.get("/v1/cases/{case_id}", responses=answers(Shown[Case], "case-unknown"))
    async def get_case(case_id: str, min_position: str | None = None, reader: Reader = Depends(READ)) -> dict[str, Any]:
        """Get one case."""
        await cases.wait(min_position)
        row = await reader.one(await cases.documents.find_one({"_id": case_id}), *unknown(case_id))
        return await cases.shown(await _shown(deps, row))

    @router.get("/v1/cases/{case_id}/history", responses=answers(Page[CaseStep], "case-unknown"))
    async def list_case_history(case_id: str, page: AskedPage, reader: Reader = Depends(READ)) -> dict[str, Any]:
        """List what happened to a case, oldest first."""
        await history.wait(page.min_position)
        await reader.one(await cases.documents.find_one({"_id": case_id}), *unknown(case_id))
        return await history.page({"case_id": case_id}, page, _step)


async def _step(row: dict[str, Any]) -> dict[str, Any]:
    return {name: iso(value) for name, value in public(row).items()}


def unknown(case_id: str) -> tuple[str, str]:
    """Slug and detail of the problem if a case does not exist or the caller may not read it."""
    return "case-unknown", f"there is no case {case_id}"


async def _shown(deps: Deps, row: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in public(row).items() if name not in KEPT_BACK}
    for field, name in (("opened_by", "description"), ("closed_by", "resolution")):
        if field in row:
            [event] = await opened(deps.codec, [row], field)
            fields[name] = getattr(event.data, name)
    return {"case_id": row["_id"], "next_due": next_due(row), **fields}
