"""What hospital systems leave to people becomes a work order, and is closed when it is done."""

from datetime import UTC, datetime
from typing import Any

from services.complaints.commands import OpenCase, ResolveCase
from services.complaints.policies import POLICIES
from shared.contracts.his_packets import GapFilled, GapFound
from shared.contracts.his_requests import RequestAnswered, RequestClosed, RequestTimedOut
from shared.definitions import Definitions
from shared.testing import envelope

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
COMMON: dict[str, Any] = {"at": NINE, "person_id": "p1"}
REQUEST = {**COMMON, "request_id": "CL1"}
GAP = {**COMMON, "packet_id": "k1", "item": "insurance"}


def caused(event: Any) -> list[Any]:
    heard = envelope(event)
    return [c for policy in POLICIES if isinstance(event, policy.types) for c in policy.react(heard, Definitions())]


def test_an_open_request_is_work_and_its_late_answer_or_settlement_ends_it() -> None:
    [opened] = caused(RequestTimedOut(**REQUEST, action="book", department="CARD", attempts=3))
    assert isinstance(opened, OpenCase)
    assert (opened.category, opened.source, opened.department) == ("work-order", "hospital", "CARD")
    [answered] = caused(RequestAnswered(**REQUEST, action="book", accepted=True, late=True))
    [closed] = caused(RequestClosed(**REQUEST, closed_by="lin", done=True, note="by phone"))
    assert isinstance(closed, ResolveCase)
    assert {answered.case_id, closed.case_id} == {opened.case_id}
    assert (closed.resolved_by, closed.resolution) == ("lin", "by phone")
    assert caused(RequestAnswered(**REQUEST, action="book", accepted=True)) == []
    assert caused(RequestAnswered(**REQUEST, action="book", accepted=False, late=True)) == []


def test_each_round_of_a_request_is_work_of_its_own_and_its_answer_ends_all() -> None:
    first, second = (
        caused(RequestTimedOut(**REQUEST, action="book", attempts=3, round=round))[0].case_id for round in (1, 2)
    )
    done = caused(RequestAnswered(**REQUEST, action="book", accepted=True, late=True, round=2))
    assert [each.case_id for each in done] == [first, second]
    assert first != second


def test_a_gap_in_a_packet_is_work_for_its_department_until_it_is_filled() -> None:
    [opened] = caused(GapFound(**GAP, formality="packet/discharge/1", titles={"zh": "医保"}, department="INS"))
    assert (opened.department, opened.source_id) == ("INS", "k1/insurance")
    [filled] = caused(GapFilled(**GAP, filled_by="lin", value="职工医保"))
    assert filled.case_id == opened.case_id
    [other] = caused(GapFound(**{**GAP, "item": "signature"}, formality="f", titles={}))
    assert other.case_id != opened.case_id
