"""What the client makes of answers: models, problems, commands that are not decided yet; against a real app."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from careloop_client import CareLoop, NotDecidedYet, ProblemAnswered, every
from careloop_client.complaints.models import NewCase, Resolution
from shared import problems
from shared.problems import Problem

NOW = datetime(2026, 3, 9, tzinfo=UTC).isoformat()
CASE = {
    "person_id": "p", "category": "complaint", "severity": "low", "source": "desk", "source_id": "s",
    "department": "", "score": None, "status": "open", "level": 0, "sla": {}, "escalations": [],
    "opened": NOW, "changed": NOW, "added_next_year": 1,
}  # fmt: skip
SHOWN = {"as_of": NOW, "position": "x", "lag": 0, "lag_as_of": None}


def service() -> FastAPI:
    app, received = FastAPI(), {}
    problems.install(app)

    @app.get("/complaints/v1/cases")
    async def many(cursor: str = "0") -> Any:
        page = int(cursor)
        return {"data": [{**CASE, "case_id": f"c{page}"}], **SHOWN, "next": str(page + 1) if page < 2 else None}

    @app.get("/complaints/v1/cases/{case_id}")
    async def one(case_id: str) -> Any:
        if case_id == "gone":
            raise Problem(404, "case-unknown", "there is no case gone", {"retry-after": "2"}, break_glass="x")
        return {"data": {**CASE, "case_id": case_id}, **SHOWN}

    @app.post("/complaints/v1/cases")
    async def open_case(request: Request) -> Any:
        received.update(await request.json(), key=request.headers.get("idempotency-key"))
        return JSONResponse(
            {"command_id": "k", "status": "accepted", "aggregate": "c", "event_ids": [], "position": str(received)}, 201
        )

    @app.post("/complaints/v1/cases/{case_id}/resolution")
    async def later(case_id: str) -> Any:
        if case_id == "proxy":
            return PlainTextResponse("upstream is away", 502)
        return JSONResponse({"command_id": "k", "status": "pending"}, 202, {"location": "/commands/k"})

    @app.post("/his/v1/{door}")
    async def taken(door: str, request: Request, historical: str = "") -> Any:
        return Response(f"{request.headers['content-type']} {historical} {(await request.body()).decode()}")

    @app.put("/his/v1/fhir/{kind}/{id:path}")
    async def kept(kind: str, id: str, request: Request) -> Any:
        return JSONResponse({"kept": await request.json()}, media_type=request.headers["content-type"])

    @app.delete("/his/v1/fhir/{kind}/{id:path}")
    async def gone(kind: str, id: str) -> Any:
        return Response("no Patient/x", 404) if id == "x" else Response(status_code=204)

    return app


@pytest.fixture
async def client() -> AsyncIterator[CareLoop]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service()), base_url="http://careloop") as http:
        yield CareLoop(http)


async def test_an_answer_is_a_model_and_what_it_does_not_know_is_passed_over(client: CareLoop) -> None:
    case = (await client.complaints.get_case("b c?d#e")).data
    assert (case.case_id, case.opened, hasattr(case, "added_next_year")) == (
        "b c?d#e",
        datetime.fromisoformat(NOW),
        False,
    )


async def test_a_problem_is_raised_with_its_slug_and_its_own_fields(client: CareLoop) -> None:
    with pytest.raises(ProblemAnswered, match="404 case-unknown: there is no case gone") as raised:
        await client.complaints.get_case("gone")
    assert (raised.value.slug, raised.value.retry_after, raised.value.more) == ("case-unknown", 2, {"break_glass": "x"})


async def test_what_a_proxy_answers_is_a_problem_without_a_slug(client: CareLoop) -> None:
    with pytest.raises(ProblemAnswered) as raised:
        await client.complaints.resolve_case("proxy", Resolution(resolution="done"))
    assert (raised.value.status, raised.value.slug, raised.value.detail) == (502, "", "upstream is away")


async def test_only_what_was_said_is_sent_under_the_key(client: CareLoop) -> None:
    case = NewCase(person_id="p", category="complaint", source="desk", description="cold food")
    outcome = await client.complaints.open_case(case, idempotency_key="once")
    sent = {"person_id": "p", "category": "complaint", "source": "desk", "description": "cold food", "key": "once"}
    assert (outcome.aggregate, outcome.position) == ("c", str(sent))


async def test_a_command_that_is_not_decided_yet_is_no_answer(client: CareLoop) -> None:
    with pytest.raises(NotDecidedYet) as raised:
        await client.complaints.resolve_case("slow", Resolution(resolution="done"))
    assert raised.value.command_id == "k"


async def test_all_pages_are_read(client: CareLoop) -> None:
    assert [case.case_id async for case in every(client.complaints.list_cases, status="open")] == ["c0", "c1", "c2"]


async def test_what_another_standard_defines_is_sent_and_answered_as_it_is(client: CareLoop) -> None:
    his = client.his_adapter
    assert await his.send_hl7("MSH|…", historical=True) == "application/hl7-v2 true MSH|…".encode()
    assert await his.call_soap(b"<a/>", content_type="application/soap+xml") == b"application/soap+xml  <a/>"
    assert await his.put_fhir_resource("Patient", "a/b", {"id": "a/b"}) == {"kept": {"id": "a/b"}}
    await his.delete_fhir_resource("Patient", "a/b")
    with pytest.raises(ProblemAnswered, match=r"404 : no Patient"):
        await his.delete_fhir_resource("Patient", "x")
