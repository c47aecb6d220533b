"""Given a stored message or money that came in or went back, what is heard of requests and asked of the books."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.his_adapter.requests.commands import HearAnswer, PlaceRequest
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.policies import HEAR, SETTLE
from services.his_adapter.requests.replies import request_id
from shared.contracts.base import changed
from shared.contracts.his_adapter import (
    HospitalMessageReceived,
)
from shared.contracts.his_asks import Settling, Subject
from shared.contracts.his_payments import PaymentMade, PaymentOrder, RefundMade
from shared.contracts.his_requests import HospitalAnswer
from shared.definitions import Definitions
from shared.policy import caused
from shared.testing import RECORDED, Reacts, Then, envelope
from tests.his_adapter.test_facts_policies import NINE, RECEIVED
from tests.his_adapter.test_translate import message

HIS = Endpoint(id="his", version=1, takes=("book", "demographics"), codes={"CARD": "0301"})
ANSWERS = Reacts((HEAR,), Definitions.of(HIS), kind="raw")
REQUEST = request_id("a call")


def srr(msa: str = f"MSA|AA|{REQUEST}", application: str = "HIS", kind: str = "SRR^S01", sch: str = "") -> Then:
    lines = [f"MSH|^~\\&|{application}|CITY|CL|CITY|20260309093000||{kind}|C1|P|2.5", msa, sch, "AIL|1||0301"]
    text = "\r".join(line for line in lines if line)
    return ANSWERS.to(changed(RECEIVED, message_type=kind, text=text))


def test_an_answer_over_a_connection_of_its_own_is_heard_by_the_request_it_names() -> None:
    answer = srr().then_only(HearAnswer).one(HearAnswer)
    received = changed(RECEIVED, message_type="SRR^S01")
    assert answer.id == caused(envelope(received), "hear")
    assert (answer.request_id, answer.at, answer.attempt, answer.via_siu) == (REQUEST, NINE, None, False)
    assert answer.said_by == RECEIVED.sender
    assert (answer.outcome, answer.answer) == ("accepted", HospitalAnswer(department="CARD"))
    assert srr(f"MSA|AE|{REQUEST}").one(HearAnswer).outcome == "refused"


def test_an_answer_is_read_by_the_endpoint_that_gave_it_and_without_one_as_it_stands() -> None:
    assert srr(application="OTHER").one(HearAnswer).answer == HospitalAnswer(department="0301")


def test_an_appointment_that_was_booked_because_we_asked_is_heard_aside() -> None:
    booked = srr("", kind="SIU^S12", sch=f"SCH|{REQUEST}|A1").one(HearAnswer)
    assert (booked.request_id, booked.via_siu, booked.outcome) == (REQUEST, True, "accepted")
    assert booked.answer.filler == "A1"


def test_an_appointment_that_we_asked_for_and_the_hospital_cancels_is_heard_as_refused() -> None:
    gone = srr("", kind="SIU^S15", sch=f"SCH|{REQUEST}|A1").one(HearAnswer)
    assert (gone.outcome, gone.reason) == ("refused", "cancelled-by-hospital")


@pytest.mark.parametrize(
    "received",
    [
        changed(RECEIVED, message_type="SRR^S01", text=message("SRR^S01", PID="MSA|AA|C1")),
        changed(RECEIVED, message_type="SRR^S01", text=None),
        changed(RECEIVED, text=f"{message()}\rMSA|AA|{REQUEST}"),
    ],
)
def test_what_answers_none_of_our_requests_is_not_heard(received: HospitalMessageReceived) -> None:
    ANSWERS.to(received).then_nothing()


SUBJECT = Subject(number="100234", name="王秀英")
ORDER = PaymentOrder(
    provider="wechat", amount=Decimal("80.10"), expires=NINE + timedelta(hours=1), subject=SUBJECT, charges=("T1",)
)
MADE = PaymentMade(
    at=NINE,
    payment_id="P1",
    person_id="p",
    transaction_id="42",
    amount=Decimal("80.10"),
    told_by="query",
    order=ORDER,
)
BACK = RefundMade(
    at=NINE, payment_id="P1", person_id="p", refund_id="R1", amount=Decimal("30"), told_by="query", order=ORDER
)
MONEY = Reacts((SETTLE,))


def settles(event: PaymentMade | RefundMade, amount: str, transaction: str) -> PlaceRequest:
    return PlaceRequest(
        id=caused(envelope(event), "settle"),
        at=RECORDED,
        request_id=request_id(envelope(event).id),
        person_id="p",
        asked_by="payment/P1",
        insist=True,
        subject=SUBJECT,
        ask=Settling(
            action="settle",
            amount=Decimal(amount),
            currency="CNY",
            paid=NINE,
            provider="wechat",
            transaction_id=transaction,
            charges=("T1",),
        ),
    )


def test_money_that_came_in_is_told_to_the_hospitals_books_now_with_when_it_was_paid() -> None:
    MONEY.to(MADE).then(settles(MADE, "80.10", "42"))


def test_money_that_went_back_is_told_as_a_negative_amount() -> None:
    MONEY.to(BACK).then(settles(BACK, "-30", "R1"))


@pytest.mark.parametrize("event", [MADE, BACK])
def test_money_for_nobody_in_the_hospital_is_told_to_no_books(event: Any) -> None:
    MONEY.to(changed(event, order=changed(ORDER, subject=None))).then_nothing()
