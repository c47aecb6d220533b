"""Given what was asked of the hospital, when something is heard or a timer fires, then what becomes of the request."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.requests.commands import (
    CloseRequest,
    FireTimer,
    HearAnswer,
    PlaceRequest,
    RetryRequest,
    StartAttempt,
)
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.requests.domain import REQUESTS, period_invalid
from services.his_adapter.requests.replies import request_id
from services.his_adapter.requests.state import UNANSWERED, Request, RequestsEvent
from shared.contracts.base import changed
from shared.contracts.his_asks import Booking, Settling, Slot, Subject
from shared.contracts.his_requests import (
    AttemptAssigned,
    AttemptDeferred,
    AttemptStarted,
    HospitalAnswer,
    HospitalRequested,
    RequestAnswered,
    RequestClosed,
    RequestReceived,
    RequestRetried,
    RequestTimedOut,
    TimerCancelled,
    TimerSet,
)
from shared.decider import Rejection
from shared.definitions import Definitions
from shared.ids import derive
from shared.personal import field_tree, put_back, take_out
from shared.testing import Spec

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
HIS = Endpoint(id="his", version=1, takes=("book", "demographics"), give_up_minutes=15)
ID = request_id("a call")
WANG = Subject(number="100234", name="王秀英", birth_date=date(1956, 4, 12))
ASK = Booking(action="book", slot=Slot(starts=NINE + timedelta(days=1), department="CARD"))
rules = Spec(REQUESTS, Definitions.of(HIS))


def place(**more: Any) -> PlaceRequest:
    fields: dict[str, Any] = {"person_id": "p1", "asked_by": "agent", "subject": WANG, "ask": ASK}
    return PlaceRequest(id="c1", at=NINE, request_id=ID, **{**fields, **more})


def start(attempt: int = 1) -> StartAttempt:
    return StartAttempt(id=f"s{attempt}", at=NINE, request_id=ID, attempt=attempt, sender="s")


def hear(outcome: Any, attempt: int | None = 1, **more: Any) -> HearAnswer:
    return HearAnswer(id=f"h{outcome}", at=NINE, request_id=ID, outcome=outcome, attempt=attempt, **more)


def fires(timer: str, version: int = 1) -> FireTimer:
    due = NINE + timedelta(minutes=15)
    return FireTimer(id=f"f{timer}", at=due, request_id=ID, timer_id=derive(ID, timer), version=version, due=due)


def after(*commands: Any) -> list[RequestsEvent]:
    """The events that these commands cause, one after the other."""
    state, history = Request(), list[RequestsEvent]()
    for command in commands:
        decided = REQUESTS.decide(command, state, Definitions.of(HIS))
        assert not isinstance(decided, Rejection), decided
        for event in decided:
            state = REQUESTS.evolve(state, event)
            history.append(event)
    return history


def test_a_request_is_placed_once_with_the_time_it_waits() -> None:
    placed = rules.when(place()).then_only(HospitalRequested, TimerSet, AttemptAssigned)
    assert placed.one(TimerSet).due == NINE + timedelta(minutes=15)
    assert placed.one(AttemptAssigned).endpoint == HIS.ref
    rules.given(*after(place())).when(place()).then_nothing()


def test_open_times_are_asked_for_as_many_days_as_the_endpoint_says() -> None:
    for endpoint, days in ((HIS, 62), (None, 62), (changed(HIS, slots_days=14), 14)):
        assert period_invalid(NINE, NINE + timedelta(days=days), endpoint) == ""
        assert f"within {days} days" in period_invalid(NINE, NINE + timedelta(days=days, seconds=1), endpoint)
        assert period_invalid(NINE, NINE, endpoint), "nothing lies between"


def test_what_no_endpoint_takes_is_refused_with_what_to_do() -> None:
    Spec(REQUESTS).when(place()).rejected("endpoint-missing")


def test_an_answer_ends_it_and_the_waiting() -> None:
    answer = HospitalAnswer(filler="A1", queue_number="C001")
    result = rules.given(*after(place(), start())).when(hear("accepted", answer=answer))
    assert result.then_only(RequestAnswered, TimerCancelled).one(RequestAnswered).answer == answer


def test_nobody_answers_for_another_system_where_it_says_who_speaks_for_it() -> None:
    asked, named = after(place(), start()), changed(HIS, version=2, answers_from=("HIS/CITY",))
    strict = Spec(REQUESTS, Definitions.of(named))
    strict.given(*asked).when(hear("accepted", None, said_by="LIS/CITY")).rejected("answer-of-another")
    strict.given(*asked).when(hear("accepted", None, said_by="LIS/CITY", via_siu=True)).rejected("answer-of-another")
    for answer in (hear("accepted", None, said_by="HIS/CITY"), hear("accepted"), hear("accepted", None)):
        strict.given(*asked).when(answer).then_only(RequestAnswered, TimerCancelled)
    rules.given(*asked).when(hear("accepted", None, said_by="LIS/CITY")).then_only(RequestAnswered, TimerCancelled)


def test_a_no_of_the_hospital_is_an_answer() -> None:
    result = rules.given(*after(place(), start())).when(hear("refused", reason="refused-by-hospital"))
    assert not result.one(RequestAnswered).accepted


def pauses(rules: Spec[Request]) -> list[float]:
    """Seconds until the next attempt, after each of five that failed."""
    history, waited = rules.given(), []
    history.when(place())
    for attempt in range(1, 6):
        history.when(start(attempt))
        deferred = history.when(hear("trouble", attempt, reason="no-answer")).one(AttemptDeferred)
        waited.append((deferred.until - NINE).total_seconds())
        history.when(fires("retry", attempt)).then_only(AttemptAssigned)
    return waited


def test_trouble_is_tried_again_later_and_later_under_the_same_id() -> None:
    assert pauses(rules) == [5, 15, 60, 60, 60]


def test_trouble_is_tried_again_after_what_the_endpoint_says_and_as_ever_where_it_is_retired() -> None:
    patient = changed(HIS, version=2, back_off_seconds=(30, 600))
    assert pauses(Spec(REQUESTS, Definitions.of(HIS, patient))) == [30, 600, 600, 600, 600]
    retired = Definitions.of(HIS, changed(patient, status="retired"))
    trouble = Spec(REQUESTS, retired).given(*after(place(), start())).when(hear("trouble"))
    assert trouble.one(AttemptDeferred).until == NINE + timedelta(seconds=5)


def test_a_sender_that_was_lost_is_followed_by_another() -> None:
    rules.given(*after(place(), start())).when(start()).then_only(AttemptStarted)


def test_an_attempt_that_is_over_is_not_started_again() -> None:
    rules.given(*after(place(), start(), hear("accepted"))).when(start()).rejected("attempt-settled")


def test_without_an_answer_in_time_it_is_an_open_item_that_names_the_department() -> None:
    late = rules.given(*after(place(), start())).when(fires("deadline")).then_only(RequestTimedOut)
    assert late.one(RequestTimedOut).department == "CARD"
    waiting = after(place(), start(), hear("trouble", reason="unreachable"))
    rules.given(*waiting).when(fires("deadline")).then_only(RequestTimedOut, TimerCancelled)
    rules.given(*after(place(), start(), hear("accepted"))).when(fires("deadline")).then_nothing()


def test_an_answer_after_that_still_counts_and_no_attempt_follows() -> None:
    overdue = after(place(), start(), hear("trouble", reason="no-answer"), fires("deadline"))
    rules.given(*overdue).when(fires("retry")).then_nothing()
    rules.given(*overdue).when(hear("accepted", None)).then_only(RequestAnswered)


def test_taken_over_it_waits_for_the_answer_proper() -> None:
    received = after(place(), start(), hear("received"))
    assert isinstance(received[-1], RequestReceived)
    rules.given(*received).when(hear("accepted", None)).then_only(RequestAnswered, TimerCancelled)
    rules.given(*received).when(fires("deadline")).then_only(RequestTimedOut)


def test_news_of_the_appointment_answers_and_the_answer_proper_may_say_more() -> None:
    via_siu = hear("accepted", None, via_siu=True)
    answered = rules.given(*after(place(), start())).when(via_siu).then_only(RequestAnswered, TimerCancelled)
    assert answered.one(RequestAnswered).via_siu
    history = after(place(), start(), via_siu)
    more = (
        rules.given(*history)
        .when(hear("accepted", answer=HospitalAnswer(queue_number="C001")))
        .then_only(RequestAnswered)
    )
    assert more.one(RequestAnswered).answer.queue_number == "C001"
    rules.given(*history).when(hear("refused", reason="slot taken")).then_nothing()
    rules.given(*history, *more.events).when(hear("accepted")).then_nothing()
    trouble = after(place(), start(), hear("trouble", reason="no-answer"))
    rules.given(*trouble).when(via_siu).then_only(RequestAnswered, TimerCancelled, TimerCancelled)


@pytest.mark.parametrize("reason", ["no-answer", "broken-off"])
def test_a_no_after_a_lost_answer_is_not_believed(reason: str) -> None:
    """The first attempt may have booked it: the second finds the slot taken, by ourselves."""
    lost = after(place(), start(), hear("trouble", reason=reason), fires("retry"), start(2))
    timed_out = (
        rules.given(*lost).when(hear("refused", 2, reason="slot taken")).then_only(RequestTimedOut, TimerCancelled)
    )
    assert timed_out.one(RequestTimedOut).reason == "refused-after-silence"
    unheard = after(place(), start(), hear("trouble", reason="unreachable"), fires("retry"), start(2))
    rules.given(*unheard).when(hear("refused", 2)).then_only(RequestAnswered, TimerCancelled)
    heirs = after(place(), start(), start())
    rules.given(*heirs).when(hear("refused")).then_only(RequestTimedOut, TimerCancelled)


def test_what_nobody_waits_for_is_an_open_item_when_it_is_refused_or_cannot_be_asked() -> None:
    ask = Settling(action="settle", amount=Decimal(1), paid=NINE, provider="wechat", transaction_id="42")
    taking = Definitions.of(changed(HIS, takes=("settle", "demographics")))
    placed = Spec(REQUESTS, taking).when(place(ask=ask, insist=True)).events
    refused = Spec(REQUESTS, taking).given(*placed, *after(place(), start())[3:]).when(hear("refused", reason="no"))
    assert refused.then_only(RequestTimedOut, TimerCancelled).one(RequestTimedOut).reason == "no"
    nobody = rules.when(place(ask=ask, insist=True)).then_only(HospitalRequested, RequestTimedOut)
    again = RetryRequest(id="r", at=NINE + timedelta(hours=1), request_id=ID, retried_by="lin")
    rules.given(*nobody.events).when(again).rejected("endpoint-missing")
    Spec(REQUESTS, taking).given(*nobody.events).when(again).then_only(RequestRetried, TimerSet, AttemptAssigned)


def test_an_answer_in_a_later_round_says_which_open_items_it_ends() -> None:
    again = RetryRequest(id="r", at=NINE + timedelta(hours=1), request_id=ID, retried_by="lin")
    history = after(place(), start(), fires("deadline"), again, start(2), hear("accepted", 2))
    [answered] = [event for event in history if isinstance(event, RequestAnswered)]
    assert (answered.late, answered.round) == (True, 2)


def test_what_was_asked_is_sealed_in_a_checkpoint_whatever_it_is() -> None:
    state = rules.given(*after(place())).state.model_dump(mode="json")
    secret = take_out(field_tree(Request), state)
    assert "王秀英" not in str(state)
    assert secret["subject"]["number"] == "100234"
    put_back(field_tree(Request), state, secret)
    assert Request.model_validate(state) == rules.given(*after(place())).state


def test_a_person_asks_again_or_settles_what_is_open_and_nothing_else() -> None:
    overdue = after(place(), start(), fires("deadline"))
    again = RetryRequest(id="r", at=NINE + timedelta(hours=1), request_id=ID, retried_by="lin")
    close = CloseRequest(
        id="x", at=NINE + timedelta(hours=1), request_id=ID, closed_by="lin", done=True, note="by phone"
    )
    retried = rules.given(*overdue).when(again).then_only(RequestRetried, TimerSet, AttemptAssigned)
    assert retried.one(TimerSet).version == 2
    assert retried.one(AttemptAssigned).attempt == 2
    rules.given(*overdue).when(close).then_only(RequestClosed)
    for history in (after(place()), after(place(), start(), hear("accepted"))):
        rules.given(*history).when(again).rejected("request-not-overdue")
        rules.given(*history).when(close).rejected("request-not-overdue")
    rules.given(*overdue, *retried.events).when(fires("deadline", 1)).then_nothing()


@pytest.mark.parametrize("command", [start(), hear("accepted"), fires("deadline")])
def test_what_was_never_asked_is_unknown(command: Any) -> None:
    rules.when(command).rejected("request-unknown")


def test_what_was_asked_is_forgotten_once_it_is_settled() -> None:
    state = rules.given(*after(place(), start(), hear("accepted"))).state
    assert (state.subject, state.ask, state.sealed_for) == (None, None, "p1")


STEPS = st.one_of(
    st.builds(start, st.integers(1, 4)),
    st.builds(hear, st.sampled_from(["accepted", "refused", "received", "trouble"]), st.integers(1, 4) | st.none()),
    st.builds(fires, st.sampled_from(["retry", "deadline"]), st.integers(1, 4)),
    st.just(RetryRequest(id="r", at=NINE, request_id=ID, retried_by="lin")),
    st.just(CloseRequest(id="x", at=NINE, request_id=ID, closed_by="lin", done=False, note="no")),
)


@given(st.lists(STEPS, max_size=30))
def test_whatever_comes_it_is_answered_or_closed_once_and_until_then_a_timer_or_a_person_watches(
    steps: list[Any],
) -> None:
    state, ends, clocks = Request(), 0, set[str]()
    for command in [place(), *steps]:
        decided = REQUESTS.decide(command, state, Definitions.of(HIS))
        for event in () if isinstance(decided, Rejection) else decided:
            state = REQUESTS.evolve(state, event)
            ends += isinstance(event, RequestAnswered | RequestClosed) and not getattr(event, "via_siu", False)
            if isinstance(event, TimerSet):
                clocks.add(event.timer_id)
            elif isinstance(event, TimerCancelled):
                clocks.discard(event.timer_id)
            elif isinstance(event, RequestTimedOut):
                clocks.discard(derive(ID, "deadline"))
    assert ends <= 1
    assert (derive(ID, "deadline") in clocks) == (state.status in UNANSWERED)
    assert state.status in UNANSWERED or state.status in ("overdue", "answered", "closed")
