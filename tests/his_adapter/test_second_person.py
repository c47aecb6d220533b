"""Money that goes back above a limit, and disputes: what one person wants and another one lets happen."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.payments.commands import DecideRefund, DecideSettlement
from services.his_adapter.payments.domain import PAYMENTS
from services.his_adapter.payments.state import Payment
from shared.contracts.base import changed
from shared.contracts.contacts_rules import SecondPerson
from shared.contracts.his_payments import (
    AttemptAssigned,
    DisputeSettled,
    RefundAsked,
    RefundDeclined,
    RefundProposed,
    SettlementDeclined,
    SettlementProposed,
)
from shared.decider import Rejection
from shared.definitions import Definitions
from shared.testing import Spec, When
from tests.his_adapter.test_payments import (
    CONFIRM,
    NINE,
    PAID,
    SETTLE,
    STEPS,
    WECHAT,
    after,
    ask,
    back,
    compares,
    hear,
    start,
)

WAITS = timedelta(days=7)


def under(limit: str) -> Spec[Payment]:
    """The rules where more than `limit` of a payment needs a second person."""
    return Spec(PAYMENTS, Definitions.of(changed(WECHAT, second_person_above=Decimal(limit))))


def history(rules: Spec[Payment], *commands: Any) -> When[Payment]:
    """A spec with what these commands caused; each of them must be accepted."""
    case = rules.given()
    for command in commands:
        assert case.when(command).events, command
    return case


def decides(approved: bool = True, by: str = "wu", at: Any = NINE, id: str = "R1") -> DecideRefund:
    return DecideRefund(id=f"d{by}", at=at, payment_id="P1", refund_id=id, approved=approved, decided_by=by)


STRICT = under("0")
PROPOSED = (*PAID, back())


def test_a_refund_waits_for_a_second_person_unless_the_definition_says_more() -> None:
    history(STRICT, *PAID).when(back()).then_only(RefundProposed)
    history(under("80.10"), *PAID).when(back()).then_only(RefundAsked, AttemptAssigned)
    history(under("80.09"), *PAID).when(back()).then_only(RefundProposed)


def test_many_small_refunds_of_a_payment_are_one_large_one() -> None:
    rules = under("100")
    first = (*PAID, back(), start(2), hear("refunded", 2, refund_id="R1"))
    history(rules, *first).when(back("19.90", "R2")).then_only(RefundAsked, AttemptAssigned)
    history(rules, *first).when(back("19.91", "R2")).then_only(RefundProposed)


def test_a_refund_whose_provider_is_defined_no_more_needs_a_second_person() -> None:
    state = history(under("380.10"), *PAID).state
    When(PAYMENTS, Definitions(), state).when(back("0.01")).then_only(RefundProposed)


def test_another_person_approves_it_and_both_stand_in_what_follows() -> None:
    events = history(STRICT, *PROPOSED).when(decides()).then_only(RefundAsked, AttemptAssigned)
    asked = events.one(RefundAsked)
    assert (asked.asked_by, asked.approved_by, asked.refund.reason) == ("lin", "wu", "多收")
    assert events.one(AttemptAssigned).refund == asked.refund


def test_who_asked_cannot_approve_it_and_may_take_it_back() -> None:
    history(STRICT, *PROPOSED).when(decides(by="lin")).rejected("second-person-needed")
    history(STRICT, *PROPOSED).when(decides(False, by="lin")).then_only(RefundDeclined)


def test_it_waits_a_week() -> None:
    late, soon = NINE + WAITS, NINE + WAITS - timedelta(seconds=1)
    history(STRICT, *PROPOSED).when(decides(at=late)).rejected("approval-expired")
    history(STRICT, *PROPOSED).when(decides(at=soon)).then_only(RefundAsked, AttemptAssigned)
    history(STRICT, *PROPOSED).when(changed(back(id="R2"), at=soon)).rejected("refund-waits")
    history(STRICT, *PROPOSED).when(changed(back(id="R2"), at=late)).then_only(RefundProposed)
    replaced = (*PROPOSED, changed(back(id="R2"), at=late))
    history(STRICT, *replaced).when(decides(at=late)).rejected("approval-unknown")


@pytest.mark.parametrize("approved", [True, False])
def test_what_was_said_is_said_once_and_for_all(approved: bool) -> None:
    decided = history(STRICT, *PROPOSED, decides(approved))
    decided.when(decides(approved, by="zhao")).then_nothing()
    decided.when(decides(not approved, by="zhao")).rejected("approval-unknown")
    decided.when(back()).then_nothing()


def test_a_hospital_says_how_long_a_refund_and_a_settlement_wait() -> None:
    waits = SecondPerson(id="default", version=1, wait_days=2)
    rules = Spec(PAYMENTS, Definitions.of(changed(WECHAT, second_person_above=Decimal(0)), waits))
    refund = history(rules, *PROPOSED[:-1]).when(PROPOSED[-1]).one(RefundProposed)
    settlement = history(rules, *DISPUTED[:-1]).when(DISPUTED[-1]).one(SettlementProposed)
    assert [each.until - each.at for each in (refund, settlement)] == [timedelta(days=2)] * 2


def test_what_cannot_go_back_is_refused_before_anybody_is_asked_and_again_when_it_is_approved() -> None:
    history(STRICT, *PAID).when(back("380.11")).rejected("refund-too-high")
    payment = history(under("100"), *PAID, back("90.00"), start(2), hear("refund-failed", 2, refund_id="R1"))
    payment.when(back("290.10", "R2")).then_only(RefundProposed)
    late = hear("refunded", None, refund_id="R1", amount=Decimal("90.00"))
    payment.when(late)
    payment.when(decides(id="R2")).then_only(RefundAsked, AttemptAssigned)


def confirms(approved: bool = True, by: str = "wu", **more: Any) -> DecideSettlement:
    return changed(CONFIRM, approved=approved, decided_by=by, **more)


DISPUTED = (*PAID, compares("1.00"), SETTLE)


def test_a_dispute_is_settled_by_two() -> None:
    settled = history(STRICT, *DISPUTED).when(confirms()).then_only(DisputeSettled).one(DisputeSettled)
    assert (settled.settled_by, settled.confirmed_by, settled.note) == ("lin", "wu", "seen")
    history(STRICT, *DISPUTED).when(confirms(by="lin")).rejected("second-person-needed")
    history(STRICT, *DISPUTED).when(confirms(at=NINE + WAITS)).rejected("approval-expired")
    history(STRICT, *DISPUTED).when(confirms(proposal_id="other")).rejected("approval-unknown")
    history(STRICT, *DISPUTED, confirms()).when(confirms(by="zhao")).then_nothing()
    history(STRICT, *DISPUTED).when(changed(SETTLE, id="z")).rejected("settlement-waits")
    history(STRICT, *DISPUTED).when(SETTLE).then_nothing()


def test_a_settlement_that_was_declined_is_proposed_anew() -> None:
    history(STRICT, *DISPUTED).when(confirms(False)).then_only(SettlementDeclined)
    history(STRICT, *DISPUTED, confirms(False)).when(changed(SETTLE, id="z")).then_only(SettlementProposed)


def test_a_settlement_is_void_once_more_money_is_at_stake_than_its_second_person_was_shown() -> None:
    """It would let go of what is held of a refund that failed after it was proposed."""
    under_way = (*PAID, compares("1.00"), back(), start(2), SETTLE)
    payment = history(under("380.10"), *under_way, hear("refund-failed", 2, refund_id="R1"))
    payment.when(confirms()).rejected("approval-unknown")


def test_what_older_versions_recorded_needs_no_second_person_afterwards() -> None:
    before = [changed(event, approved_by="") for event in after(*PAID, back()) if isinstance(event, RefundAsked)]
    state = Spec(PAYMENTS).given(*after(*PAID), *before).state
    assert state.refund is not None
    settled = DisputeSettled(at=NINE, payment_id="P1", person_id="p1", settled_by="lin", note="seen")
    assert Spec(PAYMENTS).given(*after(*PAID, compares("1.00")), settled).state.disputed is False


WORDS = st.one_of(
    st.builds(decides, st.booleans(), st.sampled_from(["lin", "wu"]), st.just(NINE), st.sampled_from(["R1", "R2"])),
    st.builds(confirms, st.booleans(), st.sampled_from(["lin", "wu"])),
)


@given(st.lists(STEPS | WORDS, max_size=40))
def test_whatever_comes_no_money_goes_back_and_no_dispute_ends_by_one_persons_word(steps: list[Any]) -> None:
    rules, state, events = Definitions.of(changed(WECHAT, second_person_above=Decimal(0))), Payment(), []
    for command in [ask(), *steps]:
        decided = PAYMENTS.decide(command, state, rules)
        for event in () if isinstance(decided, Rejection) else decided:
            state = PAYMENTS.evolve(state, event)
            events.append(event)
    pairs = [(e.asked_by, e.approved_by) for e in events if isinstance(e, RefundAsked)]
    pairs += [(e.settled_by, e.confirmed_by) for e in events if isinstance(e, DisputeSettled)]
    assert all(second and first != second for first, second in pairs)
