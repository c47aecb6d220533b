"""HTTP: list messages, receive delivery receipts of providers."""

from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import Field, ValidationError

from services.notify.answers import Message
from services.notify.bounces import code_of
from services.notify.commands import PROVIDER_ID, ProviderId, ReportReceipt, SettleAttempt
from services.notify.projections import MessageStatus
from services.notify.settings import NotifySettings
from shared.access import Reader, acting, readers_with
from shared.answers import Media, Page, answers, decides, takes
from shared.caller import Caller
from shared.codec import describe
from shared.contracts.base import Part
from shared.guard import BodySignature, Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, submit
from shared.ids import derive
from shared.problems import Problem
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel
from shared.webhooks import SignatureInvalid, verify

READ, SETTLE = readers_with("notify:read"), asking("notify:settle")
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


class Settlement(Body):
    """What a person found out about an attempt of unknown result; `attempt`: the `attempts` of the message."""

    attempt: int = Field(ge=1)
    arrived: bool


RECEIPT = Media("receipt", ("application/json",), Receipt.model_json_schema())


def routes(deps: Deps) -> APIRouter:
    """The routes of notify."""
    router = guarded(tags=[TAG])
    for add in (_listing, _settling, _receiving):
        add(router, deps)
    return router


def _listing(router: APIRouter, deps: Deps) -> None:
    messages = ReadModel(deps, "messages", "humans", "people", "access")

    @router.get("/v1/messages", responses=answers(Page[Message]))
    async def list_messages(
        page: AskedPage,
        person: str | None = None,
        status: MessageStatus | None = None,
        sort: Literal["newest"] | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """List messages, about a human (any record) or in a status; `next` is the cursor of the next page.

        They come by id, or with `sort=newest` by the time they were requested, the latest first.
        """
        newest = "requested" if sort else None
        return await reader.page(messages, {"status": status}, page, _shown, newest, person=person)


def _settling(router: APIRouter, deps: Deps) -> None:
    messages = ReadModel(deps, "messages")

    @router.post("/v1/messages/{message_id}/settlement", responses=decides("message-unknown", "message-settled"))
    async def settle_message(message_id: str, body: Settlement, asked: Asked = Depends(SETTLE)) -> JSONResponse:
        """Say whether a message of unknown result arrived. If not, it is sent once more if it still may be."""
        detail = f"there is no message {message_id} that you may read"
        message = await acting(deps, asked.caller).target(messages, message_id, "message-unknown", detail)
        if message is None:
            raise Problem(404, "message-unknown", detail)
        command = SettleAttempt(
            **asked.stamp,
            recipient_id=message["recipient_id"],
            message_id=message_id,
            settled_by=asked.caller.name,
            **body.model_dump(),
        )
        return await submit(deps, asked, "notify", command, document=message)


def _receiving(router: APIRouter, deps: Deps) -> None:
    messages = ReadModel(deps, "messages")

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


async def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"message_id": row["_id"], **public(row)}
