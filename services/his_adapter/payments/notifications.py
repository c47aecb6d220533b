"""HTTP route for notifications of a payment platform, authenticated by the platform's signature."""

from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from services.his_adapter.payments.accounts import Accounts
from services.his_adapter.payments.commands import HearPlatform
from services.his_adapter.payments.signing import NotGenuine
from services.his_adapter.payments.statement import PlatformTrouble
from services.his_adapter.payments.wechat import refunding, transaction
from shared.actor import Actor
from shared.answers import Media, silent, takes
from shared.contracts.base import Stamp
from shared.guard import BodySignature, GuardedRoute
from shared.host.deps import Deps
from shared.http import submit_and_wait
from shared.ids import derive
from shared.problems import Problem

TARGET = "his-payments"

STRING = {"type": "string"}
ENCRYPTED_RESOURCE = dict.fromkeys(("algorithm", "ciphertext", "associated_data", "nonce"), STRING)
NOTIFICATION = Media(
    "notification",
    ("application/json",),
    {
        "type": "object",
        "required": ["id", "resource"],
        "properties": {
            "id": STRING,
            "event_type": STRING,
            "resource": {"type": "object", "properties": ENCRYPTED_RESOURCE},
        },
    },
)
"""A notification of WeChat Pay API v3; `resource` is encrypted."""
FAILURE = Media("failure", ("application/json",), {"type": "object", "properties": {"code": STRING, "message": STRING}})


@dataclass(frozen=True, slots=True)
class PaymentReport:
    """The decrypted resource of a notification, and the notification's id: a repeated notification has the same id."""

    resource: dict[str, Any]
    id: str


class ReportRoute(GuardedRoute):
    """Answers every error in the format that the platform expects."""

    errors = FAILURE

    async def worded(self, request: Request, error: Exception) -> Response | None:
        """A JSON body with `code` and `message`."""
        return _failed(error.status, error.detail) if isinstance(error, Problem) else None


def routes(deps: Deps) -> APIRouter:
    """The route of notifications."""
    router, accounts = APIRouter(route_class=ReportRoute), Accounts(deps)

    async def genuine(request: Request, body: bytes) -> PaymentReport:
        provider = request.path_params["provider"]
        try:
            signer = accounts.signer(accounts.provider(provider))
            signer.check(request.headers, body)
            return PaymentReport(signer.opened(body), str(orjson.loads(body).get("id")))
        except NotGenuine as error:
            raise Problem(401, "signature-invalid", str(error)) from error
        except PlatformTrouble as error:
            status = 404 if error.reason == "provider-missing" else 503
            raise Problem(status, error.reason, f"{provider}: {error}") from error

    signed = BodySignature("WeChat Pay API v3 (SHA256-RSA2048), CARELOOP_PAYMENTS", "wechatpay-signature", genuine)

    @router.post(
        "/v1/payments/notifications/{provider}",
        response_class=Response,
        responses=silent("provider-missing", "keys-missing", "keys-unreadable"),
        openapi_extra=takes(NOTIFICATION, "A notification of the platform `provider`, signed in the headers"),
    )
    async def report_payment(provider: str, report: PaymentReport = Depends(signed)) -> Response:
        """Process a signed and encrypted notification. The platform repeats it until the status is 200."""
        resource = report.resource
        refund = "out_refund_no" in resource
        answer = refunding(resource) if refund else transaction(resource)
        stamp = Stamp(id=derive(provider, report.id), at=deps.clock())
        try:
            command = HearPlatform(**stamp, **answer, told_by="notification", payment_id=resource["out_trade_no"])
        except (KeyError, ValidationError):
            return _failed(422, "the resource has no `out_trade_no` or no amount")
        outcome = await submit_and_wait(deps, TARGET, command, actor=Actor("service_account", provider))
        if outcome is None or outcome.status == "failed":
            return _failed(503, "not taken in yet: report it again")
        return Response(status_code=200)

    return router


def _failed(status: int, message: str) -> Response:
    return JSONResponse({"code": "FAIL", "message": message}, status)
