"""Given what people propose about money, what waits for a second person."""

from typing import Any

from services.his_adapter.payments.projections import APPROVALS
from shared.contracts.his_payments import SettlementProposed
from shared.testing import Shows
from tests.his_adapter.test_payments_projections import (
    DECLINED,
    DISPUTED,
    PROPOSED,
    REFUND_ASKED,
    REFUND_FAILED,
    SETTLED,
    UNTIL,
    UNWANTED,
    WANTED,
)


def approvals(*events: Any) -> dict[str, dict[str, Any]]:
    shows = Shows(APPROVALS).given(*events)
    return {kind: row for kind in ("refund", "settlement") if (row := shows.documents.get(f"P1.{kind}"))}


def test_what_waits_for_a_second_person_is_listed_with_where_its_verdict_goes_and_what_is_personal_sealed() -> None:
    refund, settlement = approvals(PROPOSED, WANTED).values()
    assert (refund["proposal"], refund["proposed_by"], refund["until"]) == ("R1", "lin", UNTIL)
    assert refund["decide"] == "/v1/payments/P1/refunds/R1/decision"
    assert settlement["decide"] == "/v1/payments/P1/settlements/x/decision"
    assert settlement["proposed_as"]["type"] == SettlementProposed.wire
    assert "多收" not in str([{**row, "proposed_as": ""} for row in (refund, settlement)])


def test_what_was_decided_or_is_about_something_else_now_waits_no_more() -> None:
    for over in (DECLINED, REFUND_ASKED):
        assert approvals(PROPOSED, WANTED, over).keys() == {"settlement"}
    for over in (UNWANTED, SETTLED, REFUND_FAILED, DISPUTED):
        assert approvals(PROPOSED, WANTED, over).keys() == {"refund"}
