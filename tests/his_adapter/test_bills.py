"""Given what is known of payments, when the bill of a day is read, then what agrees, differs or is unknown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from services.his_adapter.payments.bills import commands_of, commands_of_missing, next_bill
from services.his_adapter.payments.commands import Compare, HearPlatform
from services.his_adapter.payments.statement import StatementLine
from shared.contracts.his_payments import PaymentDisputed, PaymentMade, PaymentReconciled, TimerCancelled
from tests.his_adapter.test_payments import DAY, NINE, OFFERED, PAID, WECHAT, after, compares, rules


def test_the_bill_agrees_differs_or_knows_what_we_do_not() -> None:
    rules.given(*after(*PAID)).when(compares("380.10")).then_only(PaymentReconciled)
    rules.given(*after(*OFFERED)).when(compares("380.10")).then_only(PaymentMade, TimerCancelled, PaymentReconciled)
    for history, theirs, reason in (
        (PAID, "380.00", "amount-differs"),
        (PAID, None, "missing-there"),
        ((), "12.00", "unknown-here"),
    ):
        disputed = rules.given(*after(*history)).when(compares(theirs)).then_only(PaymentDisputed)
        assert disputed.one(PaymentDisputed).reason == reason
    rules.given(*after(*OFFERED)).when(compares(None)).then_nothing()
    rules.given(*after(*PAID, compares("380.10"))).when(compares(None)).then_nothing()


def test_bills_are_read_the_day_after_one_by_one() -> None:
    at = datetime(2026, 3, 10, 9, 59, tzinfo=UTC).astimezone().replace(tzinfo=UTC)
    morning = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
    assert next_bill(DAY, morning, WECHAT) == DAY
    assert next_bill(DAY, morning - timedelta(minutes=1), WECHAT) is None
    assert next_bill(DAY + timedelta(days=1), morning, WECHAT) is None
    assert next_bill(date(2026, 3, 1), at, WECHAT) == date(2026, 3, 1)
    assert next_bill(None, morning, WECHAT) is None


def test_each_line_of_a_bill_is_a_payment_a_refund_or_nothing_yet() -> None:
    lines = [
        StatementLine("P1", "42", Decimal("380.10")),
        StatementLine("P1", "42", Decimal("80.10"), "R1", refunded=True),
        StatementLine("P2", "43", Decimal("1.00"), "R2", refunded=False),
    ]
    assert [type(command) for command in commands_of(lines, DAY, NINE)] == [Compare, HearPlatform]
    assert [command.key for command in commands_of_missing(lines, DAY, ["P1", "P9"], NINE)] == ["P9"]
