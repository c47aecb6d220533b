"""Raw messages → answers to requests; money that came in or went back → requests to the hospital's books."""

from services.his_adapter.formats import meaning
from services.his_adapter.formats.hl7.message import parse
from services.his_adapter.requests import hearing
from services.his_adapter.requests.commands import HearAnswer, PlaceRequest
from services.his_adapter.requests.definitions import Endpoint
from shared.contracts.base import Command
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.contracts.his_payments import PaymentMade, RefundMade
from shared.contracts.his_requests import Settling
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused


def _hear(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
    """An answer that came over a connection of its own, or an appointment that was booked because we asked."""
    told = received.data
    if not meaning.may_answer(told.format, told.message_type) or told.text is None:
        return []
    message = parse(told.text)
    id = hearing.answers(message)
    if not id:
        return []
    named = (each for each in definitions.current(Endpoint) if each.application == message.get("MSH-3"))
    endpoint = next(named, Endpoint(id="unknown", version=1, takes=(), identity=()))
    aside = not message.first("MSA")
    answer = hearing.booked(message, endpoint) if aside else hearing.heard(message, endpoint)
    return [
        HearAnswer(
            id=caused(received, "hear"),
            at=told.at,
            request_id=id,
            said_by=told.sender,
            sealed_for=told.seal_key,
            aside=aside,
            **answer,
        )
    ]


def _settle(paid: Envelope[PaymentMade | RefundMade], definitions: Definitions) -> list[Command]:
    """The hospital's books hear of money that came in, or went back."""
    event, order = paid.data, paid.data.order
    if order.subject is None:
        return []
    back = isinstance(event, RefundMade)
    ask = Settling(
        action="settle",
        amount=-event.amount if back else event.amount,
        currency=order.currency,
        paid=event.at,
        provider=order.provider,
        transaction_id=event.refund_id if isinstance(event, RefundMade) else event.transaction_id,
        charges=order.charges,
    )
    request = hearing.request_id(paid.id)
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
