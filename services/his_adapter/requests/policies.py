"""Policies: raw messages → answers to requests; payments and refunds → `settle` requests to the hospital."""

from services.his_adapter.formats import meaning
from services.his_adapter.formats.hl7.message import parse
from services.his_adapter.requests import replies
from services.his_adapter.requests.commands import HearAnswer, PlaceRequest
from services.his_adapter.requests.definitions import Endpoint
from shared.contracts.base import Command
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.contracts.his_asks import Settling
from shared.contracts.his_payments import PaymentMade, RefundMade
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused


def _hear(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
    """Record an answer that the hospital system sent over its own connection, or an SIU about our appointment."""
    raw = received.data
    if not meaning.may_answer(raw.format, raw.message_type) or raw.text is None:
        return []
    message = parse(raw.text)
    id = replies.request_answered(message)
    if not id:
        return []
    senders = (endpoint for endpoint in definitions.current(Endpoint) if endpoint.application == message.get("MSH-3"))
    endpoint = next(senders, Endpoint(id="unknown", version=1, takes=(), identity=()))
    via_siu = not message.first("MSA")
    answer = replies.appointment_fields(message, endpoint) if via_siu else replies.reply_fields(message, endpoint)
    return [
        HearAnswer(
            id=caused(received, "hear"),
            at=raw.at,
            request_id=id,
            said_by=raw.sender,
            sealed_for=raw.seal_key,
            via_siu=via_siu,
            **answer,
        )
    ]


def _settle(paid: Envelope[PaymentMade | RefundMade], definitions: Definitions) -> list[Command]:
    """Report a payment or refund to the hospital (DFT^P03); the amount of a refund is negative."""
    event, order = paid.data, paid.data.order
    if order.subject is None:
        return []
    is_refund = isinstance(event, RefundMade)
    ask = Settling(
        action="settle",
        amount=-event.amount if is_refund else event.amount,
        currency=order.currency,
        paid=event.at,
        provider=order.provider,
        transaction_id=event.refund_id if isinstance(event, RefundMade) else event.transaction_id,
        charges=order.charges,
    )
    request = replies.request_id(paid.id)
    return [
        PlaceRequest(
            id=caused(paid, "settle"),
            at=paid.recorded,
            request_id=request,
            asked_by=f"payment/{event.payment_id}",
            insist=True,
            person_id=event.person_id,
            subject=order.subject,
            ask=ask,
        )
    ]


HEAR = Policy("hear", ("his-adapter",), (HospitalMessageReceived,), _hear, "his-requests", kind="raw")
SETTLE = Policy("settle", ("his-payments",), (PaymentMade, RefundMade), _settle, "his-requests")
