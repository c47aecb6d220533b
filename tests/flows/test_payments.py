"""Somebody is asked to pay: paid or not, given back, told to the hospital, compared with the platform's bill; once."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from careloop_client import ProblemAnswered
from careloop_client.his_adapter.models import Approval, DisputeSettlement, NewPayment, NewRefund, Payment, Subject
from deploy.demo.director import Director
from deploy.local.system import System
from deploy.publishing.definition_store import compare, published, write
from services.his_adapter.payments.definitions import Provider
from shared.contracts.base import changed
from tests.conftest import SHANGHAI
from tests.flows.test_feeds import shows
from tests.support.eventually import eventually
from tests.support.systems import Patient, approves, known_person


@pytest.fixture
def patient(system: System) -> Patient:
    system.wechat.mood = system.hospital.mood = ""
    return Patient.new()


async def bill(system: System, director: Director, patient: Patient, amount: str = "380.10", **more: Any) -> Payment:
    """Asked to pay; the payment once it can be paid."""
    subject = Subject(number=patient.mrn, authority="CITY-HOSPITAL", name="王秀英")
    person = await known_person(director, patient)
    bills = system.hospital.books.bills.setdefault(patient.mrn, [])
    charge = f"CT-{len(bills) + 1}"
    bills.append((charge, "胸部CT", amount))
    asked = {"person_id": person, "amount": amount, "description": "胸部CT", "charges": [charge]}
    his = director.careloop.his_adapter
    taken = await his.ask_payment(NewPayment(**asked, subject=subject, **more))
    return (await his.get_payment(taken.aggregate, wait=20)).data


async def until(director: Director, id: str, **wanted: Any) -> Payment:
    """The payment once it shows what is wanted."""
    his = director.careloop.his_adapter
    shown = await eventually(
        lambda: his.get_payment(id), lambda shown: all(getattr(shown.data, k) == v for k, v in wanted.items())
    )
    return shown.data


async def test_what_is_paid_by_the_link_is_told_to_the_hospital_and_a_part_of_it_given_back(
    system: System, director: Director, second: Director, patient: Patient
) -> None:
    offered = await bill(system, director, patient)
    id, his = offered.payment_id, director.careloop.his_adapter
    assert (offered.status, offered.link) == ("offered", f"weixin://wxpay/bizpayurl?pr={id}")
    page = await director.http.get(f"/dev/wechat/pay/{id}")
    assert "支付成功" in page.text
    paid = await until(director, id, status="paid")
    assert paid.told_by == "notification"
    await director.rest()
    assert (patient.mrn, paid.transaction_id, "380.10") in system.hospital.books.paid

    system.wechat.mood = "slow-refund"
    refund = await his.ask_refund(id, NewRefund(amount=Decimal("80.10"), reason="多收"))
    await director.rest()
    assert not system.wechat.trades[id].refunds
    waiting = second.careloop.his_adapter.list_approvals
    [waits] = (await waiting(min_position=refund.position, by="demo")).data
    assert (waits.kind, waits.amount, waits.reason) == ("refund", Decimal("80.10"), "多收")
    with pytest.raises(ProblemAnswered, match="409 second-person-needed"):
        await his.decide_refund(id, waits.proposal, Approval(approved=True))
    await approves(second, "his", id)
    await director.rest()
    shown = (await his.get_payment(id)).data
    assert (await waiting()).data == []
    [(number, back)] = shown.refunds.items()
    assert (back.status, back.amount, back.asked_by, back.approved_by) == ("made", Decimal("80.10"), "demo", "second")
    assert (patient.mrn, number, "-80.10") in system.hospital.books.paid
    with pytest.raises(ProblemAnswered, match="409 refund-too-high"):
        await his.ask_refund(id, NewRefund(amount=Decimal("300.01"), reason="x"))


async def test_a_payment_nobody_reported_is_found_by_asking_when_it_expires(
    system: System, director: Director, patient: Patient
) -> None:
    paid, unpaid = (
        await bill(system, director, patient),
        await bill(system, director, patient, way="h5", payer_ip="203.0.113.7"),
    )
    system.wechat.pay(paid.payment_id, report=False)
    await director.at(director.clock() + timedelta(minutes=32))
    assert (await until(director, paid.payment_id, status="paid")).told_by == "query"
    assert (await until(director, unpaid.payment_id, status="closed")).reason == "expired"
    assert system.wechat.trades[unpaid.payment_id].state == "CLOSED"


async def test_what_is_cancelled_cannot_be_paid_any_more(system: System, director: Director, patient: Patient) -> None:
    id = (await bill(system, director, patient)).payment_id
    await director.careloop.his_adapter.cancel_payment(id)
    assert (await until(director, id, status="closed")).reason == "cancelled"
    assert system.wechat.trades[id].state == "CLOSED"


async def test_a_platform_that_is_away_is_asked_again(system: System, director: Director, patient: Patient) -> None:
    system.wechat.mood = "silent"
    asked = NewPayment(person_id=await known_person(director, patient), amount=Decimal("1.00"), description="挂号费")
    id = (await director.careloop.his_adapter.ask_payment(asked)).aggregate
    await director.rest()
    assert (await until(director, id, reason="SYSTEM_ERROR")).status == "ordering"
    system.wechat.mood = ""
    await director.at(director.clock() + timedelta(seconds=6))
    assert (await until(director, id, status="offered")).attempts == 2


async def test_a_notification_that_is_forged_changes_nothing(
    system: System, director: Director, patient: Patient
) -> None:
    id = (await bill(system, director, patient)).payment_id
    await until(director, id, status="offered")
    body = b'{"id": "1", "resource": {}}'
    signed = system.wechat.account.signed(body)
    where = "/his/v1/payments/notifications/wechat"
    altered = await director.http.post(where, content=body + b" ", headers=signed)
    unsealed = await director.http.post(where, content=body, headers=signed)
    old = await director.http.post(where, content=body, headers={**signed, "wechatpay-timestamp": "1700000000"})
    nobody = await director.http.post(where.replace("wechat", "nobody"), content=body, headers=signed)
    assert [answer.status_code for answer in (altered, unsealed, old, nobody)] == [401, 401, 401, 404]
    assert (await director.careloop.his_adapter.get_payment(id)).data.status == "offered"


async def test_the_bill_of_a_day_is_compared_and_what_differs_is_open_until_two_people_settle_it(
    system: System, director: Director, second: Director, patient: Patient
) -> None:
    day = director.clock().astimezone(SHANGHAI).date()
    billed, late, gone = [(await bill(system, director, patient)).payment_id for _ in range(3)]
    for id in (billed, gone):
        system.wechat.pay(id)
        await until(director, id, status="paid")
    system.wechat.pay(late, report=False)
    del system.wechat.trades[gone]
    system.wechat.extra = [stray("S" + patient.mrn, "12.00")]
    await opens(system, day)
    morning = datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI).replace(hour=10, minute=30)
    await director.rest()
    director.clock.set(morning, 0)
    await shows(director, "wechat", "payment-provider", since=day.isoformat())
    assert (await until(director, billed, reconciled=day)).disputed is False
    assert (await until(director, late, status="paid")).status == "paid"
    missing = (await until(director, gone, disputed=True)).dispute
    assert missing
    assert missing.reason == "missing-there"
    await director.rest()  # its partition may be read after those of the others
    unknown = await until(director, "S" + patient.mrn, disputed=True)
    dispute, his = unknown.dispute, director.careloop.his_adapter
    assert dispute
    assert (unknown.status, dispute.reason, dispute.theirs) == ("stray", "unknown-here", Decimal("12.00"))
    open_items = {row.payment_id for row in (await his.list_payments(disputed=True)).data}
    assert {gone, "S" + patient.mrn} <= open_items
    for id in (gone, "S" + patient.mrn):
        await his.propose_settlement(id, DisputeSettlement(note="checked with the cashier"))
        await approves(second, "his", id)
        assert (await until(director, id, disputed=False)).note == "checked with the cashier"


def stray(number: str, amount: str) -> str:
    """A line of a bill about a payment nobody asked for."""
    from deploy.simulators.wechat.bill import HEAD

    fields = {"交易时间": "2026-03-05 12:00:00", "商户订单号": number, "微信订单号": "42x", "交易状态": "SUCCESS"}
    values = {**dict.fromkeys(HEAD.split(","), ""), **fields, "订单金额": amount, "商品名称": "a, b"}
    return "`" + ",`".join(values.values())


async def opens(system: System, day: date) -> None:
    """Publish the payment provider with bills compared from that day on."""
    definitions = {d.ref: d for d in await current(system)}
    newest = max((d for d in definitions.values()), key=lambda d: d.version)
    provider = changed(newest, version=newest.version + 1, bills_from=day)
    await write(system.settings, compare([provider], await published(system.settings.kafka)), "an accountant")


async def current(system: System) -> list[Provider]:
    return [d for d in (await published(system.settings.kafka)).all() if isinstance(d, Provider)]


async def test_what_is_asked_for_charges_is_what_they_cost_the_patient_and_is_asked_once(
    system: System, director: Director, patient: Patient
) -> None:
    other, person = Patient.new(), await known_person(director, patient)
    bills = system.hospital.books.bills
    bills[patient.mrn], bills[other.mrn] = (
        [("CT-1", "胸部CT", "380.10"), ("LAB-2", "血常规", "25.00")],
        [("CT-9", "", "1.00")],
    )

    async def asked(amount: str, *charges: str, number: str = patient.mrn, **more: Any) -> tuple[int, str]:
        whole = {"subject": Subject(number=number, authority="CITY-HOSPITAL"), "charges": charges, **more}
        bill = NewPayment(person_id=person, amount=Decimal(amount), description="费用", **whole)
        try:
            await director.careloop.his_adapter.ask_payment(bill)
        except ProblemAnswered as error:
            return error.status, error.detail
        return 200, ""

    assert await asked("380.10") == (200, "")  # a deposit is for no charge
    assert await asked("300.00", "CT-1") == (422, "`amount`: 300.00 CNY is asked, CT-1 come to 380.10 CNY")
    assert (await asked("1.00", "CT-9"))[1] == "`charges`: the hospital system tells of no charge CT-9 of this patient"
    assert (await asked("405.10", "CT-1", subject=None))[0] == 422
    assert (await asked("1.00", "CT-9", number=other.mrn))[0] == 422
    assert (await asked("405.10", "CT-1", "LAB-2"))[0] == 200
    await director.rest()
    status, detail = await asked("25.00", "LAB-2")
    assert (status, "is asked for or paid already" in detail) == (409, True)
    system.hospital.mood = "busy"
    assert (await asked("380.10", "CT-1"))[0] == 504
