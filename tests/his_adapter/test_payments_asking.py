"""Given a definition of how a platform is asked again, when a payment waits, then it waits so long."""

from datetime import timedelta

from services.his_adapter.payments.definitions import Asking, open_minutes
from services.his_adapter.payments.domain import PAYMENTS
from shared.contracts.base import changed
from shared.contracts.his_payments import AttemptDeferred, PaymentDisputed, TimerSet
from shared.definitions import Definitions
from shared.testing import Spec
from tests.his_adapter.test_payments import NINE, OFFERED, ORDER, PAID, WECHAT, after, ask, back, fires, hear, start


def test_the_platform_is_asked_again_as_its_definition_says() -> None:
    asking = Asking(back_off_seconds=(7, 8), after_expiry_seconds=90, refund_every_seconds=40, refund_attempts=2)
    patient = Spec(PAYMENTS, Definitions.of(WECHAT, changed(WECHAT, version=2, asking=asking)))
    offered = patient.given(*after(ask(), start())).when(OFFERED[-1]).one(TimerSet)
    assert offered.due == ORDER.expires + timedelta(seconds=90)
    unpaid = patient.given(*after(*OFFERED, fires(1), start(2))).when(hear("unpaid", 2)).one(TimerSet)
    assert unpaid.due == ORDER.expires + timedelta(seconds=90)
    deferred = patient.given(*after(ask(), start())).when(hear("trouble", reason="ReadTimeout"))
    assert deferred.one(AttemptDeferred).until == NINE + timedelta(seconds=7)
    refunding = after(*PAID, back(), start(2))
    pending = patient.given(*refunding).when(hear("refund-pending", 2, refund_id="R1")).one(TimerSet)
    assert pending.due == NINE + timedelta(seconds=40)
    silent = (hear("trouble", 2, reason="ReadTimeout"), fires(2), start(3))
    stuck = patient.given(*after(*PAID, back(), start(2), *silent)).when(hear("trouble", 3, reason="ReadTimeout"))
    assert stuck.then_only(AttemptDeferred, TimerSet, PaymentDisputed).one(AttemptDeferred).until.second == 8


def test_a_platform_that_is_not_in_force_any_more_is_asked_as_unless_said() -> None:
    retired = changed(WECHAT, version=2, status="retired", asking=Asking(back_off_seconds=(7,)))
    deferred = Spec(PAYMENTS, Definitions.of(WECHAT, retired)).given(*after(ask(), start())).when(hear("trouble"))
    assert deferred.one(AttemptDeferred).until == NINE + timedelta(seconds=5)


def test_a_payment_is_open_as_long_as_its_provider_says() -> None:
    an_hour = Definitions.of(changed(WECHAT, open_minutes=60))
    assert [open_minutes(definitions, "wechat") for definitions in (an_hour, Definitions.of(WECHAT))] == [60, 30]
