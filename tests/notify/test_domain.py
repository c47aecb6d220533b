"""Messages: judged, assigned, tried, accounted for. A specification."""

from datetime import datetime, time, timedelta

import pytest

from services.notify.commands import (
    FinishAttempt,
    FireTimer,
    LearnRecipient,
    ReportReceipt,
    RequestMessage,
    StartAttempt,
)
from services.notify.definitions import Delivery, QuietHours, Template, TemplateText
from services.notify.domain import DECIDER
from services.notify.state import Recipient
from shared.contracts.base import Event, changed
from shared.contracts.contacts import Staff
from shared.contracts.notify import (
    AttemptAssigned,
    AttemptFailed,
    AttemptStarted,
    AttemptSucceeded,
    AttemptUnknown,
    MessageBounced,
    MessageDeferred,
    MessageDelivered,
    MessageRequested,
    MessageSuppressed,
    RecipientChanged,
    TimerSet,
)
from shared.definitions import Definitions
from shared.testing import Spec, When
from tests.conftest import SHANGHAI

NOON = datetime(2026, 3, 13, 12, 0, tzinfo=SHANGHAI)
NIGHT = datetime(2026, 3, 13, 23, 0, tzinfo=SHANGHAI)
MEDICINE = Template(
    id="medicine",
    version=2,
    texts={"zh": TemplateText(subject="用药", body="{{ name }}"), "en": TemplateText(subject="M", body="b")},
)
QUIET = QuietHours(id="night", version=1, zone="Asia/Shanghai", starts=time(21), ends=time(8))
CHEN = Staff(id="chen", version=1, name="陈", email="chen@x.example")
RULES = Spec(DECIDER, Definitions.of(MEDICINE, QUIET, CHEN))
KNOWN = RecipientChanged(at=NOON, recipient_id="p", email="wang@x.example", language="zh", name="王")


def request(at: datetime = NOON, **more: object) -> RequestMessage:
    asked = {
        "id": "r",
        "at": at,
        "recipient_id": "p",
        "message_id": "m",
        "purpose": "care",
        "template": "medicine",
        "about": "e",
        "person_id": "p",
        "valid_until": at + timedelta(hours=12),
    }
    return RequestMessage.model_validate({**asked, **more})


def start(sender: str = "s1", attempt: int = 1) -> StartAttempt:
    return StartAttempt(id=f"s{sender}", at=NOON, recipient_id="p", message_id="m", attempt=attempt, sender=sender)


def finish(attempt: int = 1, **more: object) -> FinishAttempt:
    fields = {"id": f"f{attempt}", "at": NOON, "recipient_id": "p", "message_id": "m", "attempt": attempt}
    return FinishAttempt.model_validate({**fields, **more})


def receipt(delivered: bool = True, attempt: int = 1) -> ReportReceipt:
    provider_id = f"m.{attempt}.p"
    return ReportReceipt(
        id="d", at=NOON, recipient_id="p", message_id="m", provider_id=provider_id, delivered=delivered, reason="full"
    )


CLAIMED: list[Event] = [KNOWN, *RULES.given(KNOWN).when(request()).events]
STARTED = [*CLAIMED, *RULES.given(*CLAIMED).when(start()).events]
SENT = [*STARTED, *RULES.given(*STARTED).when(finish(provider_id="m.1.p")).events]


def test_a_message_by_day_is_assigned_at_once_in_the_persons_language() -> None:
    assigned = RULES.given(KNOWN).when(request()).then_only(MessageRequested, AttemptAssigned).one(AttemptAssigned)
    assert (assigned.address, assigned.language, assigned.template) == ("wang@x.example", "zh", "template/medicine/2")


def test_a_message_by_night_waits_for_the_morning() -> None:
    events = RULES.given(KNOWN).when(request(NIGHT)).then_only(MessageRequested, MessageDeferred, TimerSet).events
    assert events[1].until == datetime(2026, 3, 14, 8, 0, tzinfo=SHANGHAI)
    assert (events[1].reason, events[1].definition) == ("quiet-hours", "quiet-hours/night/1")


def test_what_is_stale_by_the_morning_is_not_sent_then() -> None:
    short = request(NIGHT, valid_until=NIGHT + timedelta(hours=2))
    assert RULES.given(KNOWN).when(short).one(MessageSuppressed).reason == "too-late"


def test_an_alert_goes_out_at_night() -> None:
    alert = request(NIGHT, purpose="alert", recipient_id="m", staff_id="chen")
    assert RULES.when(alert).one(AttemptAssigned).address == "chen@x.example"


def test_a_waiting_message_goes_out_when_its_timer_fires() -> None:
    history = RULES.given(KNOWN)
    timer = history.when(request(NIGHT)).one(TimerSet)
    fire = FireTimer(id="t", at=timer.due, recipient_id="p", timer_id="m", version=timer.version, due=timer.due)
    history.when(fire).then_only(AttemptAssigned)
    history.when(fire).then_nothing()


def test_consent_withdrawn_while_it_waited_counts() -> None:
    history = RULES.given(KNOWN)
    timer = history.when(request(NIGHT)).one(TimerSet)
    history.when(LearnRecipient(id="l", at=NIGHT, recipient_id="p", consents={"care": False}))
    fire = FireTimer(id="t", at=timer.due, recipient_id="p", timer_id="m", version=timer.version, due=timer.due)
    assert history.when(fire).one(MessageSuppressed).reason == "no-consent"


@pytest.mark.parametrize(
    ("news", "more", "reason"),
    [
        ({"email": None}, {}, "no-address"),
        ({"died": True}, {}, "died"),
        ({"consents": {"care": False}}, {}, "no-consent"),
        ({}, {"purpose": "marketing"}, "no-consent"),
        ({}, {"template": "unknown"}, "no-template"),
        ({}, {"valid_until": NOON - timedelta(minutes=1)}, "too-late"),
    ],
)
def test_a_message_is_suppressed_with_its_reason(news: dict, more: dict, reason: str) -> None:
    profile = changed(KNOWN, **news)
    assert RULES.given(profile).when(request(**more)).one(MessageSuppressed).reason == reason


def test_marketing_goes_out_once_it_is_allowed() -> None:
    profile = changed(KNOWN, consents={"marketing": True})
    RULES.given(profile).when(request(purpose="marketing")).then_only(MessageRequested, AttemptAssigned)


def test_the_same_request_is_one_message() -> None:
    RULES.given(*CLAIMED).when(request()).then_nothing()


def test_a_second_sender_finds_out_that_nobody_knows() -> None:
    RULES.given(*STARTED).when(start("s2")).then_only(AttemptUnknown)


def test_what_was_assigned_by_day_and_found_a_sender_by_night_waits() -> None:
    assigned = RULES.given(KNOWN).when(request(valid_until=NOON + timedelta(days=3))).events
    late = changed(start(), at=NIGHT)
    RULES.given(KNOWN, *assigned).when(late).then_only(MessageDeferred, TimerSet)


def test_consent_withdrawn_after_the_claim_still_counts() -> None:
    history = RULES.given(*CLAIMED)
    history.when(LearnRecipient(id="l", at=NOON, recipient_id="p", consents={"care": False}))
    assert history.when(start()).one(MessageSuppressed).reason == "no-consent"


def test_an_address_that_changed_after_the_claim_is_not_written_to() -> None:
    history = RULES.given(*CLAIMED)
    history.when(LearnRecipient(id="l", at=NOON, recipient_id="p", email="new@x.example"))
    assigned = history.when(start()).then_only(AttemptAssigned).one(AttemptAssigned)
    assert (assigned.address, assigned.attempt) == ("new@x.example", 2)
    history.when(start("late")).rejected("attempt-settled")
    history.when(start(attempt=2)).then_only(AttemptStarted)


def test_a_settled_attempt_cannot_be_started() -> None:
    RULES.given(*SENT).when(start("s2")).rejected("attempt-settled")
    RULES.when(start()).rejected("attempt-settled")


def test_an_unknown_attempt_is_never_repeated_but_may_still_succeed() -> None:
    unknown = [*STARTED, *RULES.given(*STARTED).when(finish(unknown=True, failure="broken")).events]
    RULES.given(*unknown).when(start("s2")).rejected("attempt-settled")
    RULES.given(*unknown).when(finish(provider_id="m.1.p")).then_only(AttemptSucceeded)


def waits(rules: Spec[Recipient], attempts: int) -> list[timedelta]:
    """How long after each failed attempt the next one comes; the last of `attempts` fails for good."""
    history, waited = rules.given(*CLAIMED), []
    for attempt in range(1, attempts):
        history.when(start(attempt=attempt)).then_only(AttemptStarted)
        failed = history.when(finish(attempt, failure="smtp-451")).then_only(AttemptFailed, MessageDeferred, TimerSet)
        timer = failed.one(TimerSet)
        waited.append(timer.due - NOON)
        fire = FireTimer(id="t", at=NOON, recipient_id="p", timer_id="m", version=timer.version, due=timer.due)
        history.when(fire).then_only(AttemptAssigned)
    history.when(start(attempt=attempts)).then_only(AttemptStarted)
    assert history.when(finish(attempts, failure="smtp-451")).one(AttemptFailed).permanent is True
    return waited


def test_a_failure_is_tried_again_later_and_later_then_given_up() -> None:
    assert waits(RULES, 4) == [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)]


def test_a_message_is_tried_as_often_as_the_delivery_of_its_channel_says_and_after_as_long() -> None:
    quick = Delivery(id="email", version=1, attempts=5, back_off_seconds=(10, 20))
    seconds = waits(Spec(DECIDER, Definitions.of(MEDICINE, QUIET, CHEN, quick)), 5)
    assert seconds == [timedelta(seconds=each) for each in (10, 20, 20, 20)]
    other = changed(quick, id="sms")
    assert len(waits(Spec(DECIDER, Definitions.of(MEDICINE, QUIET, CHEN, other)), 4)) == 3


def test_a_permanent_failure_is_not_tried_again() -> None:
    RULES.given(*STARTED).when(finish(failure="smtp-550", permanent=True)).then_only(AttemptFailed)


def test_delivery_is_told_once() -> None:
    history = RULES.given(*SENT)
    history.when(receipt()).then_only(MessageDelivered)
    history.when(receipt()).then_nothing()


def test_a_bounce_is_told() -> None:
    assert RULES.given(*SENT).when(receipt(delivered=False)).one(MessageBounced).reason == "full"


def test_a_bounce_after_a_delivery_is_a_bounce() -> None:
    """The relay took it, and the recipient's mailbox gave it back later."""
    history = RULES.given(*SENT)
    history.when(receipt()).then_only(MessageDelivered)
    assert history.when(receipt(delivered=False)).one(MessageBounced).reason == "full"
    assert history.state.messages["m"].status == "bounced"


def test_a_delivery_told_after_a_bounce_was_overtaken_by_it() -> None:
    """A relay hands over before the mailbox gives back, in whatever order it tells us."""
    history = RULES.given(*SENT)
    history.when(receipt(delivered=False)).then_only(MessageBounced)
    history.when(receipt()).then_nothing()
    history.when(receipt(delivered=False)).then_nothing()
    assert history.state.messages["m"].status == "bounced"


def retried() -> When[Recipient]:
    """The first attempt failed, the second one is under way."""
    history = RULES.given(*STARTED)
    timer = history.when(finish(failure="smtp-451")).one(TimerSet)
    history.when(FireTimer(id="t", at=NOON, recipient_id="p", timer_id="m", version=timer.version, due=timer.due))
    history.when(start(attempt=2)).then_only(AttemptStarted)
    return history


def test_a_bounce_of_an_attempt_that_was_repeated_says_nothing_of_the_repetition() -> None:
    history = retried()
    history.when(receipt(delivered=False, attempt=1)).then_nothing()
    history.when(finish(2, provider_id="m.2.p")).then_only(AttemptSucceeded)
    history.when(receipt(attempt=2)).then_only(MessageDelivered)
    history.when(receipt(delivered=False, attempt=1)).then_nothing()
    history.when(receipt(delivered=False, attempt=2)).then_only(MessageBounced)


def test_a_delivery_of_any_attempt_reached_the_recipient() -> None:
    retried().when(receipt(attempt=1)).then_only(MessageDelivered)


def test_a_receipt_for_nothing_we_sent_is_rejected() -> None:
    RULES.when(receipt()).rejected("message-unknown")


def test_what_is_over_keeps_no_personal_values() -> None:
    message = RULES.given(*SENT).state.messages["m"]
    assert (message.values, message.link, message.status) == (None, None, "sent")


def test_erasure_forgets_how_to_reach_somebody_and_keeps_what_they_forbade() -> None:
    profile = changed(KNOWN, consents={"survey": False})
    forget = LearnRecipient(id="x", at=NOON, recipient_id="p", forget=True)
    forgot = RULES.given(profile).when(forget).one(RecipientChanged)
    assert (forgot.email, forgot.name, forgot.consents) == (None, None, {"survey": False})
    RULES.given(profile, forgot).when(forget).then_nothing()
