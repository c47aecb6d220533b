"""Given what other services tell, which cases complaints opens and resolves."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from services.complaints.commands import OpenCase, ResolveCase
from services.complaints.policies import POLICIES
from shared.contracts.base import changed, stored
from shared.contracts.followup import SurveyAnswered
from shared.contracts.his_packets import GapFilled, GapFound
from shared.contracts.his_requests import RequestAnswered, RequestClosed, RequestTimedOut
from shared.ids import derive
from shared.policy import caused
from shared.testing import Reacts, envelope

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
REACTS = Reacts(POLICIES)
BAD = SurveyAnswered(
    at=NINE,
    person_id="p1",
    task_id="t1",
    survey="survey/happy/1",
    score=1,
    alarm=True,
    department="CARD",
    comment="无人理睬",
)
OVERDUE = RequestTimedOut(
    at=NINE, request_id="CL1", person_id="p1", action="book", department="CARD", attempts=3, round=1
)
ANSWERED = RequestAnswered(at=NINE, request_id="CL1", person_id="p1", action="book", accepted=True, late=True)
CLOSED = RequestClosed(at=NINE, request_id="CL1", person_id="p1", closed_by="lin", done=True, note="by phone")
GAP = GapFound(
    at=NINE,
    packet_id="k1",
    person_id="p1",
    formality="discharge",
    item="insurance",
    titles={"zh": "医保", "en": "Insurance"},
    department="INS",
)
FILLED = GapFilled(at=NINE, packet_id="k1", person_id="p1", item="insurance", filled_by="lin", value="职工医保")


def case_of(event: Any) -> str:
    """The case that an event opens."""
    id: str = REACTS.to(event).one(OpenCase).case_id
    return id


def test_an_answer_that_raised_the_alarm_opens_a_case_with_what_was_said() -> None:
    REACTS.to(BAD).then(
        OpenCase(
            id=caused(envelope(BAD), "complaints", "open"),
            at=NINE,
            case_id=derive(envelope(BAD).id, "case"),
            person_id="p1",
            category="dissatisfaction",
            severity="high",
            source="survey",
            source_id="t1",
            department="CARD",
            score=1,
            description="无人理睬",
        )
    )


def test_a_case_is_as_severe_as_the_survey_says_of_its_answer() -> None:
    assert REACTS.to(changed(BAD, severity="low")).one(OpenCase).severity == "low"


OLD = (
    b'{"at":"2026-03-09T09:00:00Z","person_id":"p1","task_id":"t1","survey":"survey/happy/1","score":%d,"alarm":true,'
    b'"department":"CARD","doctor":"","comment":null}'
)
"""An answer of before surveys said how severe it is, as it stands on a log."""


@pytest.mark.parametrize(("score", "severity"), [(1, "high"), (2, "medium"), (3, "medium")])
def test_of_the_answers_of_older_logs_only_the_worst_score_is_severe(score: int, severity: str) -> None:
    answer = stored(SurveyAnswered, orjson.loads(OLD % score))
    assert REACTS.to(answer).one(OpenCase).severity == severity


def test_an_answer_without_alarm_opens_nothing() -> None:
    REACTS.to(changed(BAD, alarm=False)).then_nothing()


def test_an_answer_of_somebody_who_was_erased_since_still_opens_its_case() -> None:
    assert REACTS.to(changed(BAD, comment=None)).one(OpenCase).description is None


def test_a_request_that_stays_open_is_a_work_order_for_its_department() -> None:
    REACTS.to(OVERDUE).then(
        OpenCase(
            id=caused(envelope(OVERDUE), "complaints", "order"),
            at=NINE,
            case_id=derive("work-order", "p1", "CL1/1"),
            person_id="p1",
            category="work-order",
            severity="medium",
            source="hospital",
            source_id="CL1/1",
            department="CARD",
            description="book: no-answer after 3 attempts",
        )
    )


def test_each_round_of_a_request_is_work_of_its_own_and_each_persons_too() -> None:
    others = (changed(OVERDUE, round=2), changed(OVERDUE, person_id="p2"), changed(OVERDUE, request_id="CL2"))
    assert len({case_of(event) for event in (OVERDUE, *others)}) == 4


def test_a_gap_in_a_packet_is_a_work_order_named_in_every_language() -> None:
    REACTS.to(GAP).then(
        OpenCase(
            id=caused(envelope(GAP), "complaints", "order"),
            at=NINE,
            case_id=derive("work-order", "p1", "k1/insurance"),
            person_id="p1",
            category="work-order",
            severity="medium",
            source="hospital",
            source_id="k1/insurance",
            department="INS",
            description="discharge: 医保 / Insurance",
        )
    )


def test_each_item_of_a_packet_is_work_of_its_own() -> None:
    assert case_of(GAP) != case_of(changed(GAP, item="signature"))


def test_a_gap_that_is_filled_is_work_that_is_done() -> None:
    REACTS.to(FILLED).then(
        ResolveCase(
            id=caused(envelope(FILLED), "complaints", "k1/insurance"),
            at=NINE,
            case_id=case_of(GAP),
            resolved_by="lin",
            resolution="filled",
            person_id="p1",
        )
    )


def test_a_request_that_is_settled_by_hand_is_done_in_every_round() -> None:
    closed = changed(CLOSED, round=2)
    REACTS.to(closed).then(
        *(
            ResolveCase(
                id=caused(envelope(closed), "complaints", f"CL1/{round}"),
                at=NINE,
                case_id=case_of(changed(OVERDUE, round=round)),
                resolved_by="lin",
                resolution="by phone",
                person_id="p1",
            )
            for round in (1, 2)
        )
    )


def test_a_settlement_without_a_note_is_settled() -> None:
    assert REACTS.to(changed(CLOSED, note=None)).one(ResolveCase).resolution == "settled"


def test_a_late_answer_of_the_hospital_is_work_that_is_done_in_every_round() -> None:
    answered = changed(ANSWERED, round=2)
    REACTS.to(answered).then(
        *(
            ResolveCase(
                id=caused(envelope(answered), "complaints", f"CL1/{round}"),
                at=NINE,
                case_id=case_of(changed(OVERDUE, round=round)),
                resolved_by="hospital",
                resolution="answered after all",
                person_id="p1",
            )
            for round in (1, 2)
        )
    )


@pytest.mark.parametrize("how", [{"late": False}, {"accepted": False}])
def test_an_answer_in_time_or_a_late_refusal_resolves_no_case(how: dict[str, bool]) -> None:
    REACTS.to(changed(ANSWERED, **how)).then_nothing()
