"""FHIR R4 over HTTP: single resources (rest-hook subscriptions), bundles, and the CapabilityStatement."""

from typing import Any

import orjson
from aiokafka.errors import KafkaError
from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.his_adapter.formats.common.speaking import speaker
from services.his_adapter.formats.fhir.bodies import BUNDLE, ISSUES, JSON, RESOURCE, STATEMENT
from services.his_adapter.formats.fhir.bundle import TAKEN, BundleEntry, BundleFault
from services.his_adapter.formats.fhir.families import FACTS
from services.his_adapter.formats.fhir.intake import ATOMIC, FhirIntake, TakenBundle
from services.his_adapter.formats.fhir.resource import Invalid, name_of
from services.his_adapter.formats.fhir.staff import READS
from services.his_adapter.formats.settings import FormatSettings
from shared.answers import says, silent, takes
from shared.bus.producer import RecordTooLarge
from shared.bus.writing import TooLarge
from shared.caller import Caller
from shared.guard import MANY_PER_MINUTE, GuardedRoute, Tag, scope
from shared.host.deps import Deps
from shared.problems import Problem

READ = scope("his-adapter:read", of_nobody="what this server understands")
ISSUE_TYPES = {401: "login", 403: "forbidden", 404: "not-found", 413: "too-long", 415: "not-supported"}
"""Issue type (http://hl7.org/fhir/issue-type) by status, for requests refused before the resource is parsed."""

SENT = takes(RESOURCE, "The resource, whole", "application/json")
SENT_BUNDLE = takes(BUNDLE, "A transaction, a batch, or a notification of a subscription", "application/json")
REFUSED = ("sender-unknown", "erased-meanwhile", "media-type-unsupported", "fhir-invalid")
TAG = Tag("fhir", "FHIR R4: resources and bundles that servers send")


def outcome(faults: list[tuple[str, str]], code: str = "invalid") -> dict[str, Any]:
    """Return an OperationOutcome with one issue per fault (FHIRPath, text); `expression` is the path."""
    issues = [
        {"severity": "error", "code": code, "diagnostics": text, **({"expression": [path]} if path else {})}
        for path, text in faults
    ]
    return {"resourceType": "OperationOutcome", "issue": issues}


def answer(body: dict[str, Any], status: int = 200) -> Response:
    """Return a response with a resource as its body."""
    return Response(orjson.dumps(body), status, media_type=JSON)


class FhirRoute(GuardedRoute):
    """Answers every error of these routes with an OperationOutcome."""

    errors = ISSUES

    async def worded(self, request: Request, error: Exception) -> Response | None:
        """Return an OperationOutcome for known errors, else None."""
        match error:
            case Invalid():
                return answer(outcome(error.faults), 422 if error.faults[0][0] else 400)
            case Problem():
                code = ISSUE_TYPES.get(error.status, "processing")
                return Response(orjson.dumps(outcome([("", error.detail)], code)), error.status, error.headers, JSON)
            case RequestValidationError():
                faults = [(str(fault["loc"][-1]), fault["msg"]) for fault in error.errors()]
                return answer(outcome(faults), 422)
            case HTTPException():
                return answer(
                    outcome([("", error.detail)], ISSUE_TYPES.get(error.status_code, "invalid")), error.status_code
                )
            case TooLarge() | RecordTooLarge():
                return answer(outcome([("", f"{error}: nothing was taken")], ISSUE_TYPES[413]), 413)
            case KafkaError():
                text = "it could not be stored, so it was not taken: send it again"
                return answer(outcome([("", text)], "transient"), 503)
        return None


async def json_body(request: Request) -> bytes:
    """Return the request body. Raises a 415 problem if it is not JSON; XML is not supported."""
    kind = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if not kind.endswith("json"):
        raise Problem(
            415, "media-type-unsupported", f"{kind} is not taken: send {JSON} (channel.payload of a Subscription)"
        )
    return await request.body()


def routes(deps: Deps) -> APIRouter:
    """Return the routes of the FHIR endpoint; `…/v1/fhir` is the base URL to configure in a server."""
    router = APIRouter(prefix="/v1/fhir", tags=[TAG], route_class=FhirRoute, default_response_class=Response)
    write = scope("his-adapter:write", per_minute=MANY_PER_MINUTE, of_nobody="hospital systems send what they hold")
    intake, most = FhirIntake(deps), FormatSettings.of(deps.settings).mllp.max_frame_bytes

    @router.post("", max_body_size=most, responses=says(BUNDLE, *REFUSED), openapi_extra=SENT_BUNDLE)
    async def send_fhir_bundle(
        raw: bytes = Depends(json_body), historical: bool = False, caller: Caller = Depends(write)
    ) -> Response:
        """Accept a Bundle: a transaction (all or nothing), a batch, or a subscription notification.

        `historical` data starts no messages to patients.
        """
        return answer(_answered(await intake.bundle(raw, await speaker(deps, caller, raw, "fhir"), historical)))

    @router.put("/{kind}/{id}", max_body_size=most, responses=says(RESOURCE, *REFUSED), openapi_extra=SENT)
    async def put_fhir_resource(
        kind: str, id: str, raw: bytes = Depends(json_body), historical: bool = False, caller: Caller = Depends(write)
    ) -> Response:
        """Accept a created or changed resource, as sent by a rest-hook subscription with a payload."""
        sender = await speaker(deps, caller, raw, "fhir")
        return answer(await intake.one(raw, sender, kind, id, historical=historical))

    @router.post(
        "/{kind}",
        status_code=201,
        max_body_size=most,
        responses=says(RESOURCE, *REFUSED, status=201),
        openapi_extra=SENT,
    )
    async def post_fhir_resource(
        kind: str, raw: bytes = Depends(json_body), historical: bool = False, caller: Caller = Depends(write)
    ) -> Response:
        """Accept a created or changed resource from a server that uses POST."""
        sender = await speaker(deps, caller, raw, "fhir")
        return answer(await intake.one(raw, sender, kind, historical=historical), 201)

    @router.delete("/{kind}/{id}", status_code=204, responses=silent("sender-unknown", "erased-meanwhile", status=204))
    async def delete_fhir_resource(kind: str, id: str, caller: Caller = Depends(write)) -> Response:
        """Withdraw the directory entry of a deleted resource; facts about patients do not change."""
        await intake.deleted(kind, id, await speaker(deps, caller, deletion(kind, id), "fhir"))
        return Response(status_code=204)

    @router.get("/metadata", responses=says(STATEMENT))
    async def get_fhir_metadata(caller: Caller = Depends(READ)) -> Response:
        """Return the CapabilityStatement."""
        return answer(_statement(deps.clock().date().isoformat()))

    return router


def deletion(kind: str, id: str) -> bytes:
    """Return a deletion as a Bundle that requests it, to be stored as a dead letter."""
    entry = {"request": {"method": "DELETE", "url": f"{kind}/{id}"}}
    return orjson.dumps({"resourceType": "Bundle", "type": "batch", "entry": [entry]})


def _answered(taken: TakenBundle) -> dict[str, Any]:
    """Return the response Bundle, with one entry per entry of the request."""
    kind = "transaction-response" if taken.type == ATOMIC else "batch-response"
    return {"resourceType": "Bundle", "type": kind, "entry": [{"response": _response(e)} for e in taken.answers]}


def _response(entry: BundleEntry | BundleFault) -> dict[str, Any]:
    if isinstance(entry, BundleFault):
        return {"status": "422 Unprocessable Entity", "outcome": outcome(entry.wrong.faults)}
    if entry.deleted:
        return {"status": "204 No Content"}
    return {"status": "201 Created", "location": name_of(entry.resource)}


def _statement(day: str) -> dict[str, Any]:
    interactions = [{"code": code} for code in ("create", "update", "delete")]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": day,
        "kind": "instance",
        "implementation": {"description": f"CareLoop takes FHIR R4 here; bundles of type {', '.join(TAKEN)}"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": [{"type": kind, "interaction": interactions} for kind in sorted({*FACTS, *READS})],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }
