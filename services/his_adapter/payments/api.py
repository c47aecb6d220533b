"""HTTP routes of payments: create, list, cancel, refund, settle; and the platform's notifications."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import Field, IPvAnyAddress, model_validator

from services.his_adapter.payments import approvals, notifications
from services.his_adapter.payments.answers import Payment
from services.his_adapter.payments.approvals import REFUND, SETTLE, TARGET
from services.his_adapter.payments.books import Books
from services.his_adapter.payments.charging import check_charges
from services.his_adapter.payments.commands import (
    AskPayment,
    AskRefund,
    CancelPayment,
    SettleDispute,
    payer_missing,
    payment_number,
    refund_number,
)
from services.his_adapter.payments.definitions import OpenMinutes, open_minutes
from services.his_adapter.payments.limits import DESCRIPTION, REFUND_REASON
from services.his_adapter.payments.projections import COLLECTION
from shared.access import Reader, acting, readers_with
from shared.answers import Page, Shown, answers, decides
from shared.contracts.bounds import MANY, Code
from shared.contracts.his_asks import Subject
from shared.contracts.his_payments import Amount, PaymentOrder, Way
from shared.guard import Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, strictly, submit
from shared.opening import opened
from shared.projector import public
from shared.readmodel import AskedPage, ReadModel, iso

READ, WRITE = readers_with("his-payments:read"), asking("his-payments:write")
Status = Literal["ordering", "offered", "paid", "closed", "stray"]
EVENT_FIELDS = {"asked_as": "order", "offered_as": "link", "settled_as": "note"}
"""Field of the document that holds a sealed event → the field of that event which is shown."""
CHARGES = ("charge-twice", "charge-taken", "charge-unknown", "charge-currency", "charges-differ", "subject-missing")
ASKED = ("person-unknown", "number-foreign", "people-behind", "provider-missing", "text-too-long", *CHARGES)
REFUSED = ("text-too-long", "payment-not-made", "refund-under-way", "refund-waits", "refund-too-high")
TAG = Tag("payments", "Payments, refunds and disputes")


class NewPayment(Body):
    """A payment request. With `subject` and `charges` the hospital system is informed once the payment is made.

    Without `expires_minutes` the payment is open for `open_minutes` of the provider.
    """

    person_id: Code = Field(min_length=1)
    amount: Amount
    description: str = Field(min_length=1, max_length=DESCRIPTION)
    provider: Code = "wechat"
    way: Way = "native"
    payer_ip: IPvAnyAddress | None = None
    expires_minutes: OpenMinutes | None = None
    subject: Annotated[Subject, strictly(Subject)] | None = None
    charges: tuple[Code, ...] = Field((), max_length=MANY)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if missing := payer_missing(self.way, self.payer_ip):
            raise ValueError(missing)
        return self


class NewRefund(Body):
    """Amount and reason of a refund."""

    amount: Amount
    reason: str = Field(min_length=1, max_length=REFUND_REASON)


class DisputeSettlement(Body):
    """How to settle a disputed payment."""

    note: str = Field(min_length=1, max_length=2000)


def routes(deps: Deps, books: Books) -> APIRouter:
    """The routes of payments."""
    router, model = guarded(tags=[TAG]), ReadModel(deps, COLLECTION, "humans", "people", "access")
    _writing(router, deps, model, books)
    router.include_router(notifications.routes(deps))
    _reading(router, deps, model)
    approvals.routes(router, deps, READ)
    return router


def _writing(router: APIRouter, deps: Deps, model: ReadModel, books: Books) -> None:
    async def send(asked: Asked, command: Any, created: int = 200) -> JSONResponse:
        """Send a command about a payment that the caller may read."""
        row = await acting(deps, asked.caller).target(model, command.payment_id, *unknown(command.payment_id))
        return await submit(deps, asked, TARGET, command, created, row)

    @router.post("/v1/payments", responses=decides(*ASKED, *books.unanswered, created=True))
    async def ask_payment(body: NewPayment, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Create a payment. `aggregate` in the answer is the payment's id and the merchant's order number."""
        await acting(deps, asked.caller).need(body.person_id)
        minutes = body.expires_minutes or open_minutes(deps.definitions.snapshot, body.provider)
        order = PaymentOrder(
            **body.model_dump(exclude={"person_id", "expires_minutes", "subject", "payer_ip"}),
            subject=body.subject,
            payer_ip=str(body.payer_ip) if body.payer_ip else None,
            expires=asked.at + timedelta(minutes=minutes),
        )
        records, id = await books.records(body.person_id, body.subject), payment_number(asked.id)
        await check_charges(deps, books, id, order, records.members)
        command = AskPayment(
            **asked.stamp, payment_id=id, person_id=body.person_id, asked_by=asked.caller.name, order=order
        )
        return await submit(deps, asked, TARGET, command, created=201)

    @router.post(
        "/v1/payments/{id}/cancellation", responses=decides("payment-unknown", "payment-made", "payment-under-way")
    )
    async def cancel_payment(id: str, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Cancel a payment that was not made yet."""
        return await send(asked, CancelPayment(**asked.stamp, payment_id=id))

    @router.post("/v1/payments/{id}/refunds", responses=decides("payment-unknown", *REFUSED, created=True))
    async def ask_refund(id: str, body: NewRefund, asked: Asked = Depends(REFUND)) -> JSONResponse:
        """Refund a payment in full or in part: at once, or after a second person approves it (`/v1/approvals`)."""
        refund_id = refund_number(asked.id)
        command = AskRefund(
            **asked.stamp, payment_id=id, refund_id=refund_id, asked_by=asked.caller.name, **body.model_dump()
        )
        return await send(asked, command, created=201)

    @router.post(
        "/v1/payments/{id}/settlement", responses=decides("payment-unknown", "payment-not-disputed", "settlement-waits")
    )
    async def propose_settlement(id: str, body: DisputeSettlement, asked: Asked = Depends(SETTLE)) -> JSONResponse:
        """Propose how to settle a dispute between the platform's data and ours; a second person must confirm it."""
        return await send(
            asked, SettleDispute(**asked.stamp, payment_id=id, settled_by=asked.caller.name, note=body.note)
        )


def _reading(router: APIRouter, deps: Deps, model: ReadModel) -> None:
    @router.get("/v1/payments", responses=answers(Page[Payment]))
    async def list_payments(
        page: AskedPage,
        person: str | None = None,
        status: Status | None = None,
        disputed: Annotated[
            bool | None, Query(description="only payments whose data differs from the platform's")
        ] = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """List payments, newest first; `next` is the cursor of the next page."""
        where = {"status": status, "disputed": disputed}
        return await reader.page(model, where, page, partial(_shown, deps), newest="asked", person=person)

    @router.get("/v1/payments/{id}", responses=answers(Shown[Payment], "payment-unknown"))
    async def get_payment(
        id: str,
        wait: Annotated[float, Query(ge=0, le=30, description="seconds to wait while it is only being ordered")] = 0,
        min_position: str | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """One payment with its status and, once it is offered, the `link` to pay by."""
        await model.wait(min_position)
        row = await model.when(id, lambda row: row["status"] != "ordering", wait)
        return await model.shown(await _shown(deps, await reader.one(row, *unknown(id))))


def unknown(id: str) -> tuple[str, str]:
    """Slug and text of the problem for a payment that does not exist or that the caller may not read."""
    return "payment-unknown", f"there is no payment {id}"


async def _shown(deps: Deps, row: dict[str, Any]) -> dict[str, Any]:
    """A payment with the decrypted fields of its events."""
    shown = {name: iso(value) for name, value in public(row).items() if name not in EVENT_FIELDS}
    for name, field in EVENT_FIELDS.items():
        if name in row:
            [event] = await opened(deps.codec, [row], name)
            value = event.data.model_dump(mode="json", include={field})[field]
            shown |= {"description": value["description"]} if field == "order" else {field: value}
    return {"payment_id": row["_id"], **shown}
