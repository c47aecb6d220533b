"""HTTP: list messages, receive delivery receipts of providers."""

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import Field, ValidationError

from services.notify.answers import Message
from services.notify.bounces import code_of
from services.notify.commands import PROVIDER_ID, ProviderId, ReportReceipt
from services.notify.projections import MessageStatus
from services.notify.settings import NotifySettings
from shared.access import Reader, readers_with
from shared.answers import Media, Page, answers, decides, takes
from shared.caller import Caller
from shared.codec import describe
from shared.contracts.base import Part
from shared.guard import BodySignature, Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, submit
from shared.ids import derive
from shared.problems import Problem
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel
from shared.webhooks import SignatureInvalid, verify

READ = readers_with("notify:read")
TAG = Tag("notify", "Messages to people, and what providers report of them")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A signed request of a provider; a repeated one has the same id."""

    id: str
    body: bytes


async def _signed(request: Request, body: bytes) -> Webhook:
    secrets = NotifySettings.of(request.app.state.deps.settings).smtp.callbacks
    try:
        return Webhook(verify(secrets, request.headers, body), body)
    except SignatureInvalid as error:
        raise Problem(401, "signature-invalid", str(error)) from error


SIGNED = BodySignature("Standard Webhooks, CARELOOP_SMTP__CALLBACK_SECRET", "webhook-signature", _signed)


class Receipt(Part):
    """A provider's report. `provider_id`: the id that we sent with, unchanged."""

    provider_id: str = Field(pattern=PROVIDER_ID, max_length=500)
    status: Literal["delivered", "bounced"]
    reason: str = ""


RECEIPT = Media("receipt", ("application/json",), Receipt.model_json_schema())


def routes(deps: Deps) -> APIRouter:
    """The routes of notify."""
    router, messages = guarded(tags=[TAG]), ReadModel(deps, "messages", "humans", "people", "access")

    @router.get("/v1/messages", responses=answers(Page[Message]))
    async def list_messages(
        page: AskedPage,
        person: str | None = None,
        status: MessageStatus | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """List messages by id, about a human (any record) or in a status; `next` is the cursor of the next page."""
        return await reader.page(messages, {"status": status}, page, _shown, person=person)

    @router.post(
        "/v1/receipts/email",
        responses=decides("message-unknown"),
        openapi_extra=takes(RECEIPT, "What the provider reports, signed as Standard Webhooks says"),
    )
    async def report_email_receipt(webhook: Webhook = Depends(SIGNED)) -> JSONResponse:
        """Receive a provider's signed webhook (Standard Webhooks). Repeats are ignored."""
        try:
            receipt = Receipt.model_validate_json(webhook.body, extra="ignore")
        except ValidationError as error:
            raise Problem(422, "invalid-field", describe(error)) from error
        named = ProviderId.of(receipt.provider_id)
        asked = Asked(derive("receipt", webhook.id, receipt.provider_id), deps.clock(), Caller("provider"))
        command = ReportReceipt(
            **asked.stamp,
            recipient_id=named.recipient_id,
            message_id=named.message_id,
            provider_id=named,
            delivered=receipt.status == "delivered",
            reason="" if receipt.status == "delivered" else code_of(receipt.reason),
        )
        message = await messages.documents.find_one({"_id": named.message_id})
        return await submit(deps, asked, "notify", command, document=message)

    return router


async def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"message_id": row["_id"], **public(row)}
