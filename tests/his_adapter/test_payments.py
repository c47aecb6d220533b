"""Given what is known of a payment, when the platform or its bill speaks, then what becomes of the money."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.payments.commands import (
    AskPayment,
    AskRefund,
    CancelPayment,
    Compare,
    DecideSettlement,
    FireTimer,
    HearPlatform,
    SettleDispute,
    StartStep,
)
from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.domain import PAYMENTS
from services.his_adapter.payments.state import Payment, PaymentsEvent
from shared.contracts.base import changed
from shared.contracts.his_payments import (
    AttemptAssigned,
    AttemptDeferred,
    DisputeSettled,
    PaymentAsked,
    PaymentClosed,
    PaymentDisputed,
    PaymentMade,
    PaymentOffered,
    PaymentOrder,
    RefundAsked,
    RefundFailed,
    RefundMade,
    SettlementProposed,
    TimerCancelled,
    TimerSet,
)
from shared.decider import Rejection
from shared.definitions import Definitions
from shared.ids import derive
from shared.testing import Spec

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
DAY = date(2026, 3, 9)
WECHAT = Provider(
    id="wechat",
    version=1,
    app_id="wx1",
    merchant_id="1",
    certificate_serial="S",
    platform_key="K",
    bills_from=DAY,
    second_person_above=Decimal("380.10"),
)
"""So that one person may give all of it back; who else must agree otherwise: `test_second_person.py`."""
RULES = Definitions.of(WECHAT)
rules = Spec(PAYMENTS, RULES)
ORDER = PaymentOrder(provider="wechat", amount=Decimal("380.10"), expires=NINE + timedelta(minutes=30))


def ask(**more: Any) -> AskPayment:
    fields: dict[str, Any] = {"person_id": "p1", "asked_by": "agent", "order": ORDER}
    return AskPayment(id="a", at=NINE, payment_id="P1", **{**fields, **more})


def start(attempt: int = 1) -> StartStep:
    return StartStep(id=f"s{attempt}", at=NINE, payment_id="P1", attempt=attempt, sender="s")


def hear(state: Any, attempt: int | None = 1, at: datetime = NINE, **more: Any) -> HearPlatform:
    fields: dict[str, Any] = {"told_by": "query" if attempt else "notification", **more}
    return HearPlatform(id="h", at=at, payment_id="P1", attempt=attempt, state=state, **fields)


def paid(amount: str = "380.10", attempt: int | None = None, **more: Any) -> HearPlatform:
    return hear("paid", attempt, amount=Decimal(amount), transaction_id="42", **more)


def back(amount: str = "80.10", id: str = "R1") -> AskRefund:
    return AskRefund(
        id=id, at=NINE, payment_id="P1", asked_by="lin", refund_id=id, amount=Decimal(amount), reason="多收"
    )


SETTLE = SettleDispute(id="x", at=NINE, payment_id="P1", settled_by="lin", note="seen")
CONFIRM = DecideSettlement(id="y", at=NINE, payment_id="P1", proposal_id="x", approved=True, decided_by="wu")


def fires(version: int, at: datetime = NINE + timedelta(minutes=31)) -> FireTimer:
    return FireTimer(id="f", at=at, payment_id="P1", timer_id=derive("P1", "timer"), version=version, due=at)


def compares(theirs: str | None) -> Compare:
    amount = Decimal(theirs) if theirs else None
    return Compare(id="b", at=NINE + timedelta(days=1), payment_id="P1", day=DAY, theirs=amount, transaction_id="42")


def after(*commands: Any) -> list[PaymentsEvent]:
    """The events that these commands cause, one after the other."""
    state, history = Payment(), list[PaymentsEvent]()
    for command in commands:
        decided = PAYMENTS.decide(command, state, RULES)
        assert not isinstance(decided, Rejection), decided
        for event in decided:
            state = PAYMENTS.evolve(state, event)
            history.append(event)
    return history


OFFERED = (ask(), start(), hear("offered", link="weixin://1"))
PAID = (*OFFERED, paid())


def test_a_payment_is_ordered_once_and_offered_with_a_look_after_it_expires() -> None:
    rules.when(ask()).then_only(PaymentAsked, AttemptAssigned)
    rules.given(*after(ask())).when(ask()).then_nothing()
    offered = rules.given(*after(ask(), start())).when(OFFERED[-1]).then_only(PaymentOffered, TimerSet)
    assert offered.one(TimerSet).due == NINE + timedelta(minutes=31)


def test_an_unknown_platform_or_a_time_in_the_past_is_refused() -> None:
    Spec(PAYMENTS).when(ask()).rejected("provider-missing")
    rules.when(ask(order=changed(ORDER, expires=NINE))).rejected("payment-expired")


def test_it_is_paid_once_however_often_and_by_whatever_way_it_is_told() -> None:
    paid_once = rules.given(*after(*OFFERED)).when(paid()).then_only(PaymentMade, TimerCancelled)
    assert paid_once.one(PaymentMade).amount == Decimal("380.10")
    for again in (paid(), paid(attempt=1), paid(attempt=7)):
        rules.given(*after(*PAID)).when(again).then_nothing()
    rules.given(*after(ask(), start())).when(paid()).then_only(PaymentMade)


def test_another_amount_is_disputed_and_no_payment() -> None:
    rules.given(*after(*OFFERED)).when(paid("380.00")).then_only(PaymentDisputed)


def test_expired_it_is_looked_up_and_closed_where_nobody_paid() -> None:
    history = [*OFFERED, fires(1), start(2)]
    assert [e.step for e in after(*history) if isinstance(e, AttemptAssigned)] == ["order", "query"]
    unpaid = hear("unpaid", 2, NINE + timedelta(minutes=31))
    assert [type(e) for e in after(*history, unpaid)[-1:]] == [AttemptAssigned]
    closed = hear("closed", 3, NINE + timedelta(minutes=31))
    assert [e.reason for e in after(*history, unpaid, start(3), closed) if isinstance(e, PaymentClosed)] == ["expired"]
    assert isinstance(after(*history, paid(attempt=2))[-2], PaymentMade)


def test_cancelled_it_is_closed_unless_the_money_was_quicker() -> None:
    cancel = CancelPayment(id="c", at=NINE, payment_id="P1")
    history = (*OFFERED, cancel, start(2))
    assert [e.reason for e in after(*history, hear("closed", 2)) if isinstance(e, PaymentClosed)] == ["cancelled"]
    assert isinstance(after(*history, paid(attempt=2))[-2], PaymentMade)
    rules.given(*after(*PAID)).when(cancel).rejected("payment-made")
    rules.given(*after(ask())).when(cancel).rejected("payment-under-way")


def test_money_that_comes_after_closing_is_taken_and_is_an_open_item() -> None:
    closed = (*OFFERED, CancelPayment(id="c", at=NINE, payment_id="P1"), start(2), hear("closed", 2))
    rules.given(*after(*closed)).when(paid()).then_only(PaymentMade, PaymentDisputed)


def test_an_order_that_is_never_answered_ends_when_it_expires() -> None:
    first = rules.given(*after(ask(), start())).when(hear("trouble", reason="ReadTimeout"))
    assert first.then_only(AttemptDeferred, TimerSet).one(AttemptDeferred).until == NINE + timedelta(seconds=5)
    late = hear("trouble", at=NINE + timedelta(minutes=30), reason="ReadTimeout")
    assert rules.given(*after(ask(), start())).when(late).one(PaymentClosed).reason == "no-answer"
    refused = rules.given(*after(ask(), start())).when(hear("no", reason="PARAM_ERROR")).one(PaymentClosed)
    assert (refused.reason, refused.detail) == ("refused", "PARAM_ERROR")


def test_what_a_lost_sender_says_later_changes_nothing_but_that_money_moved() -> None:
    for stale in (hear("offered", 9), hear("unpaid", 9), hear("closed", 9), hear("no", 9), hear("trouble", 9)):
        rules.given(*after(ask(), start())).when(stale).then_nothing()


def test_money_goes_back_in_parts_and_never_more_than_came() -> None:
    first = rules.given(*after(*PAID)).when(back()).then_only(RefundAsked, AttemptAssigned)
    rules.given(*after(*PAID, back())).when(back()).then_nothing()
    rules.given(*after(*PAID, back())).when(back("1.00", "R2")).rejected("refund-under-way")
    assert first.one(AttemptAssigned).attempt == 2
    gone = (*PAID, back(), start(2), hear("refunded", 2, refund_id="R1"))
    assert isinstance(after(*gone)[-2], RefundMade)
    rules.given(*after(*gone)).when(hear("refunded", None, refund_id="R1")).then_nothing()
    rules.given(*after(*gone)).when(back("300.01", "R2")).rejected("refund-too-high")
    rules.given(*after(*gone)).when(back("300.00", "R2")).then_only(RefundAsked, AttemptAssigned)
    rules.given(*after(*OFFERED)).when(back()).rejected("payment-not-made")


def test_a_refund_under_way_is_looked_up_and_may_fail() -> None:
    pending = (*PAID, back(), start(2), hear("refund-pending", 2, refund_id="R1"))
    [timer] = after(*pending)[-1:]
    assert isinstance(timer, TimerSet)
    claimed = after(*pending, fires(timer.version))[-1]
    assert isinstance(claimed, AttemptAssigned)
    assert claimed.step == "refund-query"
    failed = rules.given(*after(*pending)).when(hear("refund-failed", None, refund_id="R1", reason="ABNORMAL"))
    failed.then_only(RefundFailed, PaymentDisputed, TimerCancelled)


def test_a_refund_that_failed_may_still_go_out_so_its_money_is_held_until_somebody_settles_it() -> None:
    """WeChat Pay finishes an abnormal refund by hand, and reports it then."""
    failed = (*PAID, back("380.10"), start(2), hear("refund-failed", 2, refund_id="R1", reason="ABNORMAL"))
    rules.given(*after(*failed)).when(back("380.10", "R2")).rejected("refund-too-high")
    late = hear("refunded", None, refund_id="R1", amount=Decimal("380.10"))
    assert rules.given(*after(*failed)).when(late).then_only(RefundMade).one(RefundMade).amount == Decimal("380.10")
    rules.given(*after(*failed, SETTLE)).when(back("380.10", "R2")).rejected("refund-too-high")
    rules.given(*after(*failed, SETTLE, CONFIRM)).when(back("380.10", "R2")).then_only(RefundAsked, AttemptAssigned)
    rules.given(*after(*failed, SETTLE, CONFIRM)).when(late).then_only(PaymentDisputed)


def test_a_refund_that_nobody_here_asked_for_or_of_another_amount_is_disputed() -> None:
    for history, command, reason in (
        (PAID, hear("refunded", None, refund_id="X", amount=Decimal(5)), "refund-unknown-here"),
        ((*PAID, back(), start(2)), hear("refunded", 2, refund_id="R1", amount=Decimal(5)), "amount-differs"),
    ):
        disputed = rules.given(*after(*history)).when(command).then_only(PaymentDisputed).one(PaymentDisputed)
        assert (disputed.reason, disputed.theirs) == (reason, Decimal(5))
    bill = hear("refunded", None, refund_id="X", amount=Decimal(5), told_by="bill")
    assert rules.when(bill).one(PaymentDisputed).reason == "unknown-here"


def test_a_no_to_a_question_ends_nothing_unless_there_is_no_such_order() -> None:
    asked = (*OFFERED, fires(1), start(2))
    rules.given(*after(*asked)).when(hear("no", 2, reason="NO_AUTH")).then_only(AttemptDeferred, TimerSet)
    rules.given(*after(*asked)).when(hear("no", 2, reason="ORDER_NOT_EXIST")).then_only(PaymentClosed, TimerCancelled)
    pending = (*PAID, back(), start(2), hear("refund-pending", 2, refund_id="R1"), fires(2), start(3))
    unknown = rules.given(*after(*pending)).when(hear("no", 3, reason="RESOURCE_NOT_EXISTS"))
    unknown.then_only(AttemptDeferred, TimerSet)


def test_a_refund_that_is_never_answered_becomes_an_open_item() -> None:
    history: list[Any] = [*PAID, back()]
    for attempt in range(2, 10):
        assert [e for e in after(*history) if isinstance(e, PaymentDisputed)] == []
        history += [start(attempt), hear("trouble", attempt, reason="ReadTimeout"), fires(attempt)]
    assert [e.reason for e in after(*history) if isinstance(e, PaymentDisputed)] == ["refund-unanswered"]


def test_questions_that_were_answered_are_no_failures_of_a_refund() -> None:
    history: list[Any] = [*PAID, back()]
    for attempt in range(2, 20):
        history += [start(attempt), hear("refund-pending", attempt, refund_id="R1"), fires(attempt)]
    silent = rules.given(*after(*history, start(20))).when(hear("trouble", 20, reason="ReadTimeout"))
    deferred = silent.then_only(AttemptDeferred, TimerSet).one(AttemptDeferred)
    assert (deferred.until - deferred.at).total_seconds() == 5, "as after the first failure"


def test_what_is_open_a_person_settles_once() -> None:
    for history in ((*PAID, compares("1.00")), (compares("12.00"),)):
        rules.given(*after(*history)).when(SETTLE).then_only(SettlementProposed)
        rules.given(*after(*history, SETTLE)).when(CONFIRM).then_only(DisputeSettled)
        again = changed(SETTLE, id="z")
        rules.given(*after(*history, SETTLE, CONFIRM)).when(again).rejected("payment-not-disputed")
        rules.given(*after(*history, SETTLE, CONFIRM)).when(compares("12.00")).then_nothing()
    rules.when(hear("paid", None, amount=Decimal(1))).rejected("payment-unknown")


STEPS = st.one_of(
    st.builds(start, st.integers(1, 5)),
    st.builds(
        hear,
        st.sampled_from(
            ["offered", "unpaid", "closed", "no", "trouble", "refund-pending", "refunded", "refund-failed"]
        ),
        st.integers(1, 5) | st.none(),
        st.sampled_from([NINE, NINE + timedelta(hours=1)]),
        refund_id=st.sampled_from(["R1", "R2"]),
        amount=st.sampled_from([None, Decimal("80.10"), Decimal("380.10")]),
    ),
    st.builds(paid, st.sampled_from(["380.10", "380.00"]), st.integers(1, 5) | st.none()),
    st.builds(back, st.sampled_from(["80.10", "300.00", "380.10"]), st.sampled_from(["R1", "R2"])),
    st.builds(fires, st.integers(1, 6)),
    st.builds(compares, st.sampled_from(["380.10", "380.00", None])),
    st.just(CancelPayment(id="c", at=NINE, payment_id="P1")),
    st.sampled_from([SETTLE, CONFIRM]),
)


@given(st.lists(STEPS, max_size=40))
def test_whatever_comes_money_is_taken_once_and_never_more_goes_back(steps: list[Any]) -> None:
    state, history = Payment(), list[PaymentsEvent]()
    for command in [ask(), *steps]:
        decided = PAYMENTS.decide(command, state, RULES)
        for event in () if isinstance(decided, Rejection) else decided:
            state = PAYMENTS.evolve(state, event)
            history.append(event)
    took = [e.amount for e in history if isinstance(e, PaymentMade)]
    gave = [e.amount for e in history if isinstance(e, RefundMade)]
    assert took in ([], [ORDER.amount])
    assert sum(gave, Decimal(0)) <= sum(took, Decimal(0))
    assert len({e.refund_id for e in history if isinstance(e, RefundMade)}) == len(gave)
    watched = state.stage or state.timer or state.status in ("paid", "closed")
    assert watched, "somebody or something looks after it"
