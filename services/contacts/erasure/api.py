"""HTTP routes of erasures: request one, approve or decline it, list what waits for a second person, the certificate."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from services.contacts.erasure.answers import CertificateAnswer, ErasureWaiting
from services.contacts.erasure.certificate import certificate
from services.contacts.registry.commands import REGISTRY, DecideErasure, RequestErasure
from shared.access import Reader, readers_with
from shared.answers import answers, decides
from shared.approvals import SECOND, Approval, approvals_route
from shared.contracts.contacts_identity import ErasureRequested
from shared.host.deps import Deps
from shared.http import Asked, asking, submit
from shared.problems import Problem

ERASE, AUDIT = asking("contacts:erase", "contacts:admin"), readers_with("contacts:erase", "contacts:admin")


def routes(router: APIRouter, deps: Deps) -> None:
    """Add the routes of erasures."""

    @router.get("/v1/erasures/{person_id}", responses=answers(CertificateAnswer, "erasure-unknown"))
    async def get_erasure(person_id: str, reader: Reader = Depends(AUDIT)) -> dict[str, Any]:
        """The certificate of an erasure: `complete` once every key is destroyed and no number is shared with others."""
        await reader.need(person_id)
        erasure = await deps.database["erasures"].find_one({"_id": person_id})
        if erasure is None:
            raise Problem(404, "erasure-unknown", f"person {person_id} was not erased")
        return {"data": await certificate(deps.ring, erasure), "as_of": deps.clock().isoformat()}

    approvals_route(router, deps, AUDIT, ErasureWaiting, _summary)

    @router.post("/v1/persons/{person_id}/erasure", responses=decides("erasure-waits"))
    async def request_erasure(person_id: str, asked: Asked = Depends(ERASE)) -> JSONResponse:
        """Request the erasure of a person: their data keys are destroyed once a second person approves it."""
        command = RequestErasure(**asked.stamp, person_id=person_id, requested_by=asked.caller.name)
        return await submit(deps, asked, REGISTRY, command)

    @router.post("/v1/persons/{person_id}/erasure/decision", responses=decides("erasure-changed", *SECOND))
    async def decide_erasure(person_id: str, body: Approval, asked: Asked = Depends(ERASE)) -> JSONResponse:
        """Approve an erasure that somebody else requested, or decline it; the requester may withdraw it."""
        by = asked.caller.name
        command = DecideErasure(**asked.stamp, person_id=person_id, approved=body.approved, decided_by=by)
        return await submit(deps, asked, REGISTRY, command)


def _summary(asked: ErasureRequested) -> dict[str, Any]:
    """The fields of the proposal that the list of approvals shows."""
    return {"person_id": asked.person_id, "cluster": list(asked.cluster)}
