"""Messages whose result nobody knows, settled by a person."""

from datetime import datetime, timedelta

from services.notify.commands import SettleAttempt
from shared.contracts.notify import AttemptAssigned, AttemptSettled, MessageSuppressed
from tests.notify.test_domain import KNOWN, NOON, RULES, SENT, STARTED, finish, start

LOST = [*STARTED, *RULES.given(*STARTED).when(start("s2")).events]


def settle(arrived: bool, attempt: int = 1, at: datetime = NOON) -> SettleAttempt:
    return SettleAttempt(
        id="c", at=at, recipient_id="p", message_id="m", attempt=attempt, arrived=arrived, settled_by="liu"
    )


def test_a_message_of_unknown_result_that_arrived_is_over() -> None:
    history = RULES.given(*LOST)
    assert history.when(settle(arrived=True)).then_only(AttemptSettled).one(AttemptSettled).settled_by == "liu"
    history.when(settle(arrived=False)).rejected("message-settled")


def test_a_message_of_unknown_result_that_did_not_arrive_is_sent_once_more() -> None:
    history = RULES.given(*LOST)
    again = history.when(settle(arrived=False)).then_only(AttemptSettled, AttemptAssigned)
    assert again.one(AttemptAssigned).attempt == 2
    history.when(finish(1, provider_id="m.1.p")).rejected("attempt-settled")


def test_what_did_not_arrive_and_is_stale_by_now_is_not_sent_again() -> None:
    late = settle(arrived=False, at=NOON + timedelta(days=1))
    assert RULES.given(*LOST).when(late).then_only(AttemptSettled, MessageSuppressed).one(MessageSuppressed).reason == (
        "too-late"
    )


def test_only_what_is_unknown_is_settled_and_only_the_attempt_that_was_seen() -> None:
    RULES.given(*SENT).when(settle(arrived=True)).rejected("message-settled")
    RULES.given(*LOST).when(settle(arrived=False, attempt=2)).rejected("message-settled")
    RULES.given(KNOWN).when(settle(arrived=True)).rejected("message-unknown")
