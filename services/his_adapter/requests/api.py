"""HTTP: place requests to hospital systems, read their answers, settle requests that timed out."""

from functools import partial
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import Field, model_validator

from services.his_adapter.facts.belonging import NUMBER, records_with
from services.his_adapter.formats.hl7.client import NotAnswered
from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.requests.answers import RequestShown, SlotsAnswer
from services.his_adapter.requests.client import UNANSWERED, HospitalClient, Unanswerable
from services.his_adapter.requests.commands import CloseRequest, PlaceRequest, RetryRequest, missing
from services.his_adapter.requests.domain import period_invalid, taker
from services.his_adapter.requests.projections import COLLECTION
from services.his_adapter.requests.replies import request_id
from services.his_adapter.requests.state import SETTLED_STATUSES, Status
from shared.access import Reader, acting, readers_with
from shared.answers import Page, Shown, answers, decides
from shared.caller import Caller
from shared.contracts.base import Moment
from shared.contracts.bounds import Code
from shared.contracts.his_asks import Action, Ask, Subject
from shared.guard import KIBI, Tag, guarded, scope
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, strictly, submit
from shared.opening import opened
from shared.problems import Problem
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel, iso

TARGET = "his-requests"
READ, WRITE = readers_with("his-requests:read"), asking("his-requests:write")
SETTLE = asking("his-requests:settle", "his-requests:write")
EVENT_FIELDS = ("asked_as", "answered_as", "closed_as")
TAG = Tag("requests", "What hospital systems are asked: bookings, changes, and their answers")


class NewRequest(Body):
    """A request (`ask`) for a person. `subject` is the patient as the hospital system identifies them."""

    person_id: Code = Field(min_length=1)
    subject: Annotated[Subject, strictly(Subject)]
    ask: Annotated[Ask, strictly(Ask)]

    @model_validator(mode="after")
    def _named(self) -> Self:
        if lacks := missing(self.subject, self.ask):
            raise ValueError(lacks)
        return self


class RequestSettlement(Body):
    """The result of a request that was settled by hand; `done`: the hospital did what was asked."""

    done: bool
    note: str = Field(min_length=1, max_length=2000)


def routes(deps: Deps) -> APIRouter:
    """Return the routes of requests."""
    router, model = guarded(tags=[TAG]), ReadModel(deps, COLLECTION, "humans", "people", "access")
    _slots(router, deps)
    _writing(router, deps, model)
    _reading(router, deps, model)
    return router


def _slots(router: APIRouter, deps: Deps) -> None:
    hospital = HospitalClient(deps)

    @router.get("/v1/slots", responses=answers(SlotsAnswer, "period-invalid", "endpoint-unknown", *UNANSWERED))
    async def list_slots(
        since: Moment,
        until: Moment,
        department: str = "",
        doctor: str = "",
        caller: Caller = Depends(scope("his-requests:read", of_nobody="open times, which are nobody's yet")),
    ) -> dict[str, Any]:
        """Ask the hospital system for its open slots, sorted by time; they are not stored."""
        endpoint = taker(deps.definitions.snapshot, "slots")
        if reason := period_invalid(since, until, endpoint):
            raise Problem(422, "period-invalid", reason)
        if endpoint is None:
            raise Problem(404, "endpoint-unknown", "no `endpoint` definition takes 'slots': publish one")
        try:
            slots = await hospital.slots(endpoint, department, doctor, since, until)
        except (NotAnswered, Broken, Unanswerable) as error:
            slug = getattr(error, "reason", "answer-unreadable")
            raise Problem(504, slug, f"{endpoint.title or endpoint.id}: {error}", {"retry-after": "10"}) from error
        data = [slot.model_dump(mode="json") for slot in slots]
        return {"data": data, "endpoint": endpoint.ref, "as_of": deps.clock().isoformat()}


def _writing(router: APIRouter, deps: Deps, model: ReadModel) -> None:
    async def send(asked: Asked, command: RetryRequest | CloseRequest) -> JSONResponse:
        """Send a command about a request, if the caller may read the request."""
        row = await acting(deps, asked.caller).target(model, command.request_id, *unknown(command.request_id))
        return await submit(deps, asked, TARGET, command, document=row)

    @router.post(
        "/v1/requests",
        max_body_size=1024 * KIBI,
        responses=decides("person-unknown", "endpoint-missing", *NUMBER, created=True),
    )  # a report may have a hundred observations
    async def place_request(body: NewRequest, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Place a request; `aggregate` in the response is its id, also sent to the hospital as control id (MSH-10)."""
        await acting(deps, asked.caller).need(body.person_id)
        id, subject = request_id(asked.id), body.subject
        assert subject.number is not None, "a request without a number is refused"
        records = await records_with(deps, body.person_id, subject, "subject.number")
        command = PlaceRequest(
            **asked.stamp,
            request_id=id,
            asked_by=asked.caller.name,
            person_id=records.lead,
            subject=subject,
            ask=body.ask,
        )
        return await submit(deps, asked, TARGET, command, created=201)

    @router.post(
        "/v1/requests/{id}/retry", responses=decides("request-unknown", "request-not-overdue", "endpoint-missing")
    )
    async def retry_request(id: str, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Send a request that timed out again, with the same control id."""
        command = RetryRequest(**asked.stamp, request_id=id, retried_by=asked.caller.name)
        return await send(asked, command)

    @router.post("/v1/requests/{id}/settlement", responses=decides("request-unknown", "request-not-overdue"))
    async def settle_request(id: str, body: RequestSettlement, asked: Asked = Depends(SETTLE)) -> JSONResponse:
        """Settle a request that timed out by hand."""
        command = CloseRequest(**asked.stamp, request_id=id, closed_by=asked.caller.name, **body.model_dump())
        return await send(asked, command)


def _reading(router: APIRouter, deps: Deps, model: ReadModel) -> None:
    @router.get("/v1/requests", responses=answers(Page[RequestShown]))
    async def list_requests(
        page: AskedPage,
        person: str | None = None,
        status: Annotated[Status | None, Query(description="`overdue` are the open items")] = None,
        action: Action | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """List requests, newest first; `next` is the cursor of the next page."""
        where = {"status": status, "action": action}
        return await reader.page(model, where, page, partial(_shown, deps), newest="asked", person=person)

    @router.get("/v1/requests/{id}", responses=answers(Shown[RequestShown], "request-unknown"))
    async def get_request(
        id: str,
        wait: Annotated[float, Query(ge=0, le=30, description="seconds to wait for its answer")] = 0,
        min_position: str | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """Return one request and the hospital system's answer."""
        await model.wait(min_position)
        row = await model.when(id, lambda row: row["status"] in SETTLED_STATUSES, wait)
        return await model.shown(await _shown(deps, await reader.one(row, *unknown(id))))


def unknown(id: str) -> tuple[str, str]:
    """Return slug and detail of the problem for a request that does not exist or that the caller may not read."""
    return "request-unknown", f"there is no request {id}"


async def _shown(deps: Deps, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the decrypted fields of its events."""
    shown = {name: iso(value) for name, value in public(row).items() if name not in EVENT_FIELDS}
    for name, fields in zip(EVENT_FIELDS, (("subject", "ask"), ("detail", "answer"), ("note",)), strict=True):
        if name in row:
            [event] = await opened(deps.codec, [row], name)
            shown |= event.data.model_dump(mode="json", include=set(fields))
    return {"request_id": row["_id"], **shown}
