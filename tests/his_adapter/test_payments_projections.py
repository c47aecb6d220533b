"""Given the events of a payment, what its row shows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.payments.projections import PAYMENTS
from shared.contracts.base import changed
from shared.contracts.his_payments import (
    AttemptAssigned,
    AttemptDeferred,
    AttemptStarted,
    DisputeSettled,
    PaymentAsked,
    PaymentClosed,
    PaymentDisputed,
    PaymentMade,
    PaymentOffered,
    PaymentOrder,
    PaymentReconciled,
    Refund,
    RefundAsked,
    RefundDeclined,
    RefundFailed,
    RefundMade,
    RefundProposed,
    SettlementDeclined,
    SettlementProposed,
)
from shared.testing import RECORDED, Shows

NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
UNTIL = NINE + timedelta(minutes=30)
DAY = date(2026, 3, 8)
ORDER = PaymentOrder(provider="wechat", amount=Decimal("80.10"), way="h5", expires=UNTIL, description="挂号费")
REFUND = Refund(refund_id="R1", amount=Decimal("30.00"), total=Decimal("80.10"), reason="多收")
ASKED = PaymentAsked(at=NINE, payment_id="P1", person_id="p", asked_by="agent", order=ORDER)
CLAIMED = AttemptAssigned(at=NINE, payment_id="P1", person_id="p", attempt=2, step="query", order=ORDER)
STARTED = AttemptStarted(at=NINE, payment_id="P1", person_id="p", attempt=2, sender="s")
DEFERRED = AttemptDeferred(
    at=NINE, payment_id="P1", person_id="p", attempt=2, step="query", reason="no-answer", until=UNTIL
)
OFFERED = PaymentOffered(at=NINE, payment_id="P1", person_id="p", link="weixin://1", expires=UNTIL)
MADE = PaymentMade(
    at=NINE, payment_id="P1", person_id="p", transaction_id="42", amount=Decimal("80.10"), told_by="query", order=ORDER
)
CLOSED = PaymentClosed(at=NINE, payment_id="P1", person_id="p", reason="expired", detail="ORDER_CLOSED")
REFUND_ASKED = RefundAsked(at=NINE, payment_id="P1", person_id="p", asked_by="lin", refund=REFUND)
REFUND_MADE = RefundMade(
    at=NINE, payment_id="P1", person_id="p", refund_id="R1", amount=Decimal("30"), told_by="query", order=ORDER
)
REFUND_FAILED = RefundFailed(at=NINE, payment_id="P1", person_id="p", refund_id="R1", reason="ACCOUNT_ERROR")
RECONCILED = PaymentReconciled(at=NINE, payment_id="P1", person_id="p", day=DAY)
DISPUTED = PaymentDisputed(
    at=NINE,
    payment_id="P1",
    person_id="p",
    reason="amount-differs",
    day=DAY,
    theirs=Decimal("80.00"),
    transaction_id="42",
)
PROPOSED = RefundProposed(at=NINE, payment_id="P1", person_id="p", asked_by="lin", refund=REFUND, until=UNTIL)
DECLINED = RefundDeclined(at=NINE, payment_id="P1", person_id="p", refund_id="R1", declined_by="wu")
WANTED = SettlementProposed(
    at=NINE, payment_id="P1", person_id="p", proposal_id="x", proposed_by="lin", note="多收", until=UNTIL
)
UNWANTED = SettlementDeclined(at=NINE, payment_id="P1", person_id="p", proposal_id="x", declined_by="wu")
SETTLED = DisputeSettled(at=NINE, payment_id="P1", person_id="p", settled_by="lin", note="多收")
STORY = (
    *(ASKED, STARTED, OFFERED, DEFERRED, CLAIMED, MADE, PROPOSED, DECLINED, REFUND_ASKED, REFUND_MADE, RECONCILED),
    *(DISPUTED, WANTED, UNWANTED, SETTLED),
)


def row(*events: Any, batch: int = 1000) -> Any:
    document = Shows(PAYMENTS).given(*events, batch=batch).document("P1")
    return {name: value for name, value in document.items() if not name.startswith("_")}


def test_a_payment_that_is_asked_for_shows_how_much_by_which_way_until_when() -> None:
    shown = row(ASKED)
    assert shown.pop("asked_as")["type"] == PaymentAsked.wire
    assert shown == {
        "person_id": "p",
        "asked_by": "agent",
        "provider": "wechat",
        "amount": "80.10",
        "currency": "CNY",
        "way": "h5",
        "expires": UNTIL.isoformat().replace("+00:00", "Z"),
        "status": "ordering",
        "disputed": False,
        "refunds": {},
        "asked": RECORDED,
        "changed": RECORDED,
    }


@pytest.mark.parametrize(
    ("event", "more"),
    [
        (CLAIMED, {"step": "query", "attempts": 2, "reason": ""}),
        (STARTED, {}),
        (DEFERRED, {"reason": "no-answer", "until": UNTIL}),
        (MADE, {"status": "paid", "paid": NINE, "transaction_id": "42", "told_by": "query"}),
        (CLOSED, {"status": "closed", "reason": "expired", "detail": "ORDER_CLOSED"}),
        (RECONCILED, {"reconciled": "2026-03-08"}),
        (WANTED, {}),
        (UNWANTED, {}),
    ],
)
def test_each_step_of_a_payment_changes_what_it_says_and_nothing_else(event: Any, more: dict[str, Any]) -> None:
    before = row(ASKED, CLOSED)
    assert row(ASKED, CLOSED, event) == {**before, **more}


def test_an_offer_keeps_its_link_in_its_event() -> None:
    shown = row(ASKED, OFFERED)
    assert (shown["status"], shown["offered_as"]["type"]) == ("offered", PaymentOffered.wire)


def test_a_refund_is_asked_for_and_made() -> None:
    asked = {"amount": "30.00", "asked_by": "lin"}
    assert row(ASKED, MADE, REFUND_ASKED)["refunds"] == {"R1": {**asked, "status": "asked"}}
    assert row(ASKED, MADE, REFUND_ASKED, REFUND_MADE)["refunds"] == {"R1": {**asked, "status": "made"}}


def test_a_refund_that_waits_for_a_second_person_says_until_when_and_what_became_of_it() -> None:
    asked = {"amount": "30.00", "asked_by": "lin"}
    waits = {**asked, "status": "proposed", "until": UNTIL.isoformat()}
    assert row(ASKED, MADE, PROPOSED)["refunds"] == {"R1": waits}
    over = {"status": "declined", "declined_by": "wu"}
    assert row(ASKED, MADE, PROPOSED, DECLINED)["refunds"] == {"R1": {**waits, **over}}
    approved = changed(REFUND_ASKED, approved_by="wu")
    shown = row(ASKED, MADE, PROPOSED, approved)["refunds"]
    assert shown == {"R1": {**asked, "approved_by": "wu", "status": "asked"}}


def test_a_refund_that_fails_says_why_and_leaves_the_others_alone() -> None:
    second = changed(REFUND_ASKED, refund=changed(REFUND, refund_id="R2"))
    refunds = row(ASKED, MADE, REFUND_ASKED, second, REFUND_FAILED)["refunds"]
    assert (refunds["R1"]["status"], refunds["R1"]["reason"], refunds["R1"]["amount"]) == (
        "failed",
        "ACCOUNT_ERROR",
        "30.00",
    )
    assert refunds["R2"]["status"] == "asked"


def test_a_refund_that_only_the_platform_knows_is_shown_all_the_same() -> None:
    assert row(ASKED, REFUND_MADE)["refunds"] == {"R1": {"status": "made"}}


def test_a_dispute_is_open_with_what_the_platform_says_until_somebody_settles_it() -> None:
    shown = row(ASKED, MADE, DISPUTED)
    theirs = {"reason": "amount-differs", "day": "2026-03-08", "theirs": "80.00", "transaction_id": "42"}
    assert (shown["disputed"], shown["dispute"], shown["status"]) == (True, theirs, "paid")
    settled = row(ASKED, MADE, DISPUTED, SETTLED)
    assert (settled["disputed"], settled["settled_by"], settled["dispute"]) == (False, "lin", theirs)
    assert settled["settled_as"]["type"] == DisputeSettled.wire


def test_a_dispute_without_a_day_or_an_amount_says_neither() -> None:
    dispute = row(ASKED, changed(DISPUTED, reason="refund-failed", day=None, theirs=None))["dispute"]
    assert (dispute["day"], dispute["theirs"]) == (None, None)


def test_a_payment_that_only_the_platforms_bill_knows_is_a_stray() -> None:
    shown = row(changed(DISPUTED, person_id="", reason="unknown-here"))
    assert (shown["status"], shown["person_id"], shown["disputed"], shown["refunds"]) == ("stray", "", True, {})


def test_what_is_personal_stands_nowhere_but_in_the_events_as_they_travelled() -> None:
    shown = str({name: value for name, value in row(*STORY).items() if not name.endswith("_as")})
    assert not any(word in shown for word in ("挂号费", "多收", "weixin"))


def test_a_payment_keeps_when_it_was_asked_for_and_is_as_new_as_its_last_news() -> None:
    shows, later = Shows(PAYMENTS), RECORDED + timedelta(hours=1)
    shown = shows.fold([shows.item(ASKED), shows.item(MADE, recorded=later)]).document("P1")
    assert (shown["asked"], shown["changed"]) == (RECORDED, later)


def test_each_payment_has_a_row_of_its_own() -> None:
    shows = Shows(PAYMENTS).given(ASKED, changed(ASKED, payment_id="P2"), changed(CLOSED, payment_id="P2"))
    assert [shows.document(id)["status"] for id in ("P1", "P2")] == ["ordering", "closed"]


@given(st.integers(1, len(STORY)))
def test_batches_do_not_change_a_payment(batch: int) -> None:
    assert row(*STORY, batch=batch) == row(*STORY)
