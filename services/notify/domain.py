"""The aggregate of one recipient and their messages. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypedDict, assert_never

from services.notify.commands import (
    TIMERS,
    FinishAttempt,
    FireTimer,
    LearnReach,
    LearnRecipient,
    LearnStanding,
    NotifyCommand,
    ReportReceipt,
    RequestMessage,
    SettleAttempt,
    ShareRefusals,
    StartAttempt,
)
from services.notify.definitions import Delivery
from services.notify.dispatch import Go, Suppress, Wait, judge
from services.notify.learning import apply_learnt, learn, learn_reach, learn_standing
from services.notify.state import Message, Recipient, Status
from shared.back_off import wait_after
from shared.contracts.base import changed, retold
from shared.contracts.notify import (
    AttemptAssigned,
    AttemptFailed,
    AttemptSettled,
    AttemptStarted,
    AttemptSucceeded,
    AttemptUnknown,
    MessageBounced,
    MessageDeferred,
    MessageDelivered,
    MessageNews,
    MessageRequested,
    MessageSuppressed,
    ReachLearned,
    ReachShared,
    RecipientChanged,
    RefusalsShared,
    StandingLearned,
    TimerCancelled,
    TimerSet,
)
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

RecipientEvents = (
    RecipientChanged
    | StandingLearned
    | ReachShared
    | ReachLearned
    | RefusalsShared
    | MessageNews
    | TimerSet
    | TimerCancelled
)
CHANNEL: Final = "email"


def decide(
    command: NotifyCommand, recipient: Recipient, definitions: Definitions
) -> Sequence[RecipientEvents] | Rejection:
    """Decide a command. Rejection slugs: `attempt-settled`, `message-settled`, `message-unknown`."""
    match command:
        case LearnRecipient():
            return list(learn(command, recipient))
        case LearnStanding():
            return list(learn_standing(command, recipient))
        case LearnReach():
            return list(learn_reach(command, recipient))
        case ShareRefusals():
            return []
        case RequestMessage():
            return _request(command, recipient, definitions)
        case FireTimer():
            message = recipient.messages.get(command.timer_id)
            if message is None or message.status != "waiting" or message.timer != command.version:
                return []
            return _dispatch(command.at, command.recipient_id, command.timer_id, message, recipient, definitions)
        case StartAttempt():
            return _begin(command, recipient, definitions)
        case FinishAttempt():
            return _finish(command, recipient, definitions)
        case SettleAttempt():
            return _settle(command, recipient, definitions)
        case ReportReceipt():
            return _receipt(command, recipient)
        case _:
            assert_never(command)


class _Attempt(TypedDict):
    at: datetime
    recipient_id: str
    message_id: str
    attempt: int


class _Receipt(TypedDict):
    at: datetime
    recipient_id: str
    message_id: str
    provider_id: str


def _request(c: RequestMessage, recipient: Recipient, definitions: Definitions) -> list[RecipientEvents]:
    if c.message_id in recipient.messages:
        return []
    requested = retold(MessageRequested, c)
    message = _new_message(requested)
    return [requested, *_dispatch(c.at, c.recipient_id, c.message_id, message, recipient, definitions)]


def _new_message(event: MessageRequested) -> Message:
    return Message(
        purpose=event.purpose,
        template=event.template,
        valid_until=event.valid_until,
        staff_id=event.staff_id,
        link=event.link,
        values=event.values,
    )


def _dispatch(
    at: datetime, recipient_id: str, id: str, message: Message, recipient: Recipient, definitions: Definitions
) -> list[RecipientEvents]:
    verdict = judge(message, recipient, at, definitions)
    match verdict:
        case Suppress():
            return [MessageSuppressed(at=at, recipient_id=recipient_id, message_id=id, reason=verdict.reason)]
        case Wait():
            return _defer(at, recipient_id, id, message, verdict.until, "quiet-hours", verdict.definition)
        case Go():
            return [
                AttemptAssigned(
                    at=at,
                    recipient_id=recipient_id,
                    message_id=id,
                    attempt=message.attempt + 1,
                    channel=CHANNEL,
                    template=verdict.template,
                    language=verdict.language,
                    link=message.link,
                    address=verdict.address,
                    values={**(message.values or {}), "name": verdict.name or ""},
                )
            ]
        case _:
            assert_never(verdict)


def _defer(
    at: datetime, recipient_id: str, id: str, message: Message, until: datetime, reason: str, definition: str = ""
) -> list[RecipientEvents]:
    return [
        MessageDeferred(
            at=at, recipient_id=recipient_id, message_id=id, until=until, reason=reason, definition=definition
        ),
        TIMERS.wake(at, recipient_id, id, message.timer + 1, until),
    ]


def _begin(c: StartAttempt, recipient: Recipient, definitions: Definitions) -> Sequence[RecipientEvents] | Rejection:
    """Start an attempt. A second start means that the first sender was lost: the outcome is unknown.

    Consent and address are checked again, as they may have changed since the attempt was assigned: hours can pass while
    no sender runs.
    """
    message = recipient.messages.get(c.message_id)
    if message is None or message.attempt != c.attempt or message.status not in ("claimed", "started"):
        return Rejection("attempt-settled", f"attempt {c.attempt} of {c.message_id} is not waiting for a sender")
    attempt = _Attempt(at=c.at, recipient_id=c.recipient_id, message_id=c.message_id, attempt=c.attempt)
    if message.status == "started":
        return [AttemptUnknown(**attempt, reason="sender-lost")]
    verdict = judge(message, recipient, c.at, definitions)
    match verdict:
        case Go() if message.address not in (None, verdict.address):
            return _dispatch(c.at, c.recipient_id, c.message_id, message, recipient, definitions)
        case Go():
            return [AttemptStarted(**attempt, sender=c.sender)]
        case Suppress():
            return [
                MessageSuppressed(at=c.at, recipient_id=c.recipient_id, message_id=c.message_id, reason=verdict.reason)
            ]
        case Wait():
            return _defer(c.at, c.recipient_id, c.message_id, message, verdict.until, "quiet-hours", verdict.definition)
        case _:
            assert_never(verdict)


def _finish(c: FinishAttempt, recipient: Recipient, definitions: Definitions) -> Sequence[RecipientEvents] | Rejection:
    message = recipient.messages.get(c.message_id)
    if message is None or message.attempt != c.attempt or message.status not in ("started", "unknown"):
        return Rejection("attempt-settled", f"attempt {c.attempt} of {c.message_id} is not under way")
    attempt = _Attempt(at=c.at, recipient_id=c.recipient_id, message_id=c.message_id, attempt=c.attempt)
    if c.provider_id:
        return [AttemptSucceeded(**attempt, provider_id=c.provider_id)]
    if c.unknown:
        return [AttemptUnknown(**attempt, reason=c.failure)]
    delivery = definitions.find(Delivery, CHANNEL) or Delivery(id=CHANNEL, version=1)
    permanent = c.permanent or c.attempt >= delivery.attempts
    failed = AttemptFailed(**attempt, reason=c.failure, permanent=permanent)
    if permanent:
        return [failed]
    until = c.at + wait_after(c.attempt, delivery.back_off_seconds)
    return [failed, *_defer(c.at, c.recipient_id, c.message_id, message, until, "retry")]


def _settle(c: SettleAttempt, recipient: Recipient, definitions: Definitions) -> Sequence[RecipientEvents] | Rejection:
    """Record what a person found out. A message that did not arrive is judged anew: consent and validity count."""
    message = recipient.messages.get(c.message_id)
    if message is None:
        return Rejection("message-unknown", f"no message {c.message_id} went to this recipient")
    if message.status != "unknown" or message.attempt != c.attempt:
        return Rejection("message-settled", f"the result of attempt {c.attempt} of {c.message_id} is not unknown")
    settled = retold(AttemptSettled, c)
    if c.arrived:
        return [settled]
    return [settled, *_dispatch(c.at, c.recipient_id, c.message_id, message, recipient, definitions)]


def _receipt(c: ReportReceipt, recipient: Recipient) -> Sequence[RecipientEvents] | Rejection:
    """Record a receipt. Relays may report delivery and bounce in any order: a bounce overrides a delivery.

    Of an attempt that was repeated only a delivery counts, as the message did arrive.
    """
    message = recipient.messages.get(c.message_id)
    if message is None:
        return Rejection("message-unknown", f"no message {c.message_id} went to this recipient")
    receipt = _Receipt(at=c.at, recipient_id=c.recipient_id, message_id=c.message_id, provider_id=str(c.provider_id))
    if c.delivered:
        settled = message.status in ("delivered", "bounced")
        return [] if settled else [MessageDelivered(**receipt)]
    if message.status == "bounced" or c.provider_id.attempt < message.attempt:
        return []
    return [MessageBounced(**receipt, reason=c.reason)]


def evolve(recipient: Recipient, event: RecipientEvents) -> Recipient:
    """Apply an event to the state that `decide` reads."""
    match event:
        case RecipientChanged() | StandingLearned() | ReachLearned() | ReachShared():
            return apply_learnt(recipient, event)
        case MessageRequested():
            return recipient.with_message(event.message_id, _new_message(event))
        case MessageSuppressed():
            return _finished(recipient, event.message_id, "suppressed")
        case MessageDeferred():
            return _with_status(recipient, event.message_id, "waiting")
        case AttemptAssigned():
            message = recipient.messages[event.message_id]
            assigned = changed(message, status="claimed", attempt=event.attempt, address=event.address)
            return recipient.with_message(event.message_id, assigned)
        case AttemptStarted():
            message = recipient.messages[event.message_id]
            started = changed(message, status="started", sender=event.sender, address=None)
            return recipient.with_message(event.message_id, started)
        case AttemptSucceeded():
            return _finished(recipient, event.message_id, "sent")
        case AttemptFailed():
            return _with_status(recipient, event.message_id, "failed" if event.permanent else "waiting")
        case AttemptUnknown():
            return _with_status(recipient, event.message_id, "unknown")
        case AttemptSettled() if not event.arrived:
            return _with_status(recipient, event.message_id, "waiting")
        case AttemptSettled() | MessageDelivered():
            return _finished(recipient, event.message_id, "delivered")
        case MessageBounced():
            return _finished(recipient, event.message_id, "bounced")
        case TimerSet():
            message = changed(recipient.messages[event.timer_id], timer=event.version)
            return recipient.with_message(event.timer_id, message)
        case TimerCancelled() | RefusalsShared():
            return recipient
        case _:
            assert_never(event)


def _with_status(recipient: Recipient, id: str, status: Status) -> Recipient:
    return recipient.with_message(id, changed(recipient.messages[id], status=status, address=None))


def _finished(recipient: Recipient, id: str, status: Status) -> Recipient:
    finished = changed(recipient.messages[id], status=status, values=None, link=None, address=None)
    return recipient.with_message(id, finished)


DECIDER = Decider(
    name="notify", initial=Recipient, decide=decide, evolve=evolve, state=Recipient, state_version=2, timers=TIMERS
)
