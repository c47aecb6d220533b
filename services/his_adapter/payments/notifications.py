"""HTTP: what a payment platform reports of its own accord; its signature is its token."""

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from services.his_adapter.payments.accounts import Accounts
from services.his_adapter.payments.commands import HearPlatform
from services.his_adapter.payments.signing import NotGenuine
from services.his_adapter.payments.statement import Trouble
from services.his_adapter.payments.wechat import refunding, transaction
from shared.contracts.base import Stamp
from shared.host.deps import Deps
from shared.http import submit_and_wait
from shared.ids import derive

TARGET = "his-payments"


def routes(deps: Deps) -> APIRouter:
    """The route platforms report to."""
    router, accounts = APIRouter(), Accounts(deps)

    @router.post("/v1/payments/notifications/{provider}", include_in_schema=False)
    async def notified(provider: str, request: Request) -> Response:
        """What the platform reports, signed and sealed by it; anything but 200 and it reports again."""
        body = await request.body()
        try:
            signer = accounts.signer(accounts.provider(provider))
            signer.check(request.headers, body)
            resource, told = signer.opened(body), orjson.loads(body)
        except NotGenuine as error:
            return _failed(401, str(error))
        except Trouble as error:
            return _failed(404 if error.reason == "provider-missing" else 503, f"{provider}: {error}")
        refund = "out_refund_no" in resource
        news = refunding(resource) if refund else transaction(resource)
        stamp = Stamp(id=derive(provider, str(told.get("id"))), at=deps.clock())
        try:
            command = HearPlatform(**stamp, **news, told_by="notification", payment_id=resource["out_trade_no"])
        except (KeyError, ValidationError):
            return _failed(422, "the resource has no `out_trade_no` or no amount")
        outcome = await submit_and_wait(deps, TARGET, command)
        if outcome is None or outcome.status == "failed":
            return _failed(503, "not taken in yet: report it again")
        return Response(status_code=200)

    return router


def _failed(status: int, message: str) -> Response:
    return JSONResponse({"code": "FAIL", "message": message}, status)
