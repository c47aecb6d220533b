"""HTTP routes that list and decide refunds and settlements that wait for a second person."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from services.his_adapter.payments.answers import PaymentWaiting
from services.his_adapter.payments.commands import DecideRefund, DecideSettlement
from services.his_adapter.payments.projections import COLLECTION
from shared.access import Reader, acting
from shared.answers import decides
from shared.approvals import SECOND, Approval, approvals_route
from shared.contracts.his_payments import RefundProposed, SettlementProposed
from shared.host.deps import Deps
from shared.http import Asked, asking, submit
from shared.readmodel import ReadModel

TARGET = "his-payments"
DECIDED = ("payment-unknown", *SECOND)
REFUND, SETTLE = (
    asking("his-payments:refund", "his-payments:write"),
    asking("his-payments:settle", "his-payments:write"),
)


def routes(router: APIRouter, deps: Deps, read: Callable[..., Awaitable[Reader]]) -> None:
    """Add the routes. `read`: the dependency that returns the `Reader` of the list."""
    approvals_route(router, deps, read, PaymentWaiting, _summary)
    payments = ReadModel(deps, COLLECTION)

    async def send(asked: Asked, command: DecideRefund | DecideSettlement) -> JSONResponse:
        """Send a decision about a payment that the caller may read."""
        id = command.payment_id
        await acting(deps, asked.caller).target(payments, id, "payment-unknown", f"there is no payment {id}")
        return await submit(deps, asked, TARGET, command)

    @router.post("/v1/payments/{id}/refunds/{refund_id}/decision", responses=decides(*DECIDED))
    async def decide_refund(id: str, refund_id: str, body: Approval, asked: Asked = Depends(REFUND)) -> JSONResponse:
        """Approve a refund that somebody else requested, or decline it; the requester may withdraw it."""
        by = asked.caller.name
        command = DecideRefund(**asked.stamp, payment_id=id, refund_id=refund_id, approved=body.approved, decided_by=by)
        return await send(asked, command)

    @router.post("/v1/payments/{id}/settlements/{proposal_id}/decision", responses=decides(*DECIDED))
    async def decide_settlement(
        id: str, proposal_id: str, body: Approval, asked: Asked = Depends(SETTLE)
    ) -> JSONResponse:
        """Approve a settlement that somebody else proposed, or decline it; the proposer may withdraw it."""
        by = asked.caller.name
        command = DecideSettlement(
            **asked.stamp, payment_id=id, proposal_id=proposal_id, approved=body.approved, decided_by=by
        )
        return await send(asked, command)


def _summary(proposed: RefundProposed | SettlementProposed) -> dict[str, Any]:
    """The fields of the proposal that the list of approvals shows."""
    if isinstance(proposed, RefundProposed):
        refund = proposed.refund
        return {"person_id": proposed.person_id, "amount": str(refund.amount), "reason": refund.reason}
    return {"person_id": proposed.person_id, "reason": proposed.note}
