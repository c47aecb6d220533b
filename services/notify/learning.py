"""Contact details and standing of a human, from all of their records. Pure."""

from collections.abc import Iterator
from typing import Any, assert_never

from services.notify.commands import LearnReach, LearnRecipient, LearnStanding
from services.notify.state import Reach, Recipient, Shared
from shared.contracts.base import changed, retold
from shared.contracts.contacts import Human
from shared.contracts.notify import ReachLearned, ReachShared, RecipientChanged, StandingLearned

Learnt = RecipientChanged | StandingLearned | ReachShared | ReachLearned
OWN = ("email", "language", "name", "consents", "died")


def learn(c: LearnRecipient, recipient: Recipient) -> Iterator[Learnt]:
    """Update this record's details, and share them with the human's other records."""
    current = RecipientChanged(at=c.at, recipient_id=c.recipient_id, **recipient.model_dump(include=set(OWN)))
    if c.forget:
        news = RecipientChanged(at=c.at, recipient_id=c.recipient_id, consents=recipient.consents, died=recipient.died)
    else:
        details = {name: value for name in Reach.model_fields if (value := getattr(c, name)) is not None}
        changes: dict[str, Any] = details | dict.fromkeys(Reach.model_fields.keys() & set(c.cleared))
        consents = {**recipient.consents, **c.consents}
        news = changed(current, **changes, consents=consents, died=recipient.died or c.died)
    if news == current:
        return
    yield news
    for about, shared in recipient.others.items() if c.forget else ():
        yield ReachLearned(at=c.at, recipient_id=c.recipient_id, about=about, version=shared.version)
    if recipient.standing and _reach_of(news) != recipient.reach:
        yield from _share(c, recipient.standing.human, _reach_of(news))


def learn_standing(c: LearnStanding, recipient: Recipient) -> Iterator[Learnt]:
    """Learn the standing from the registry; share contact details with records that are new to the human."""
    previous = recipient.standing.human if recipient.standing else None
    if previous and c.human.version <= previous.version:
        return
    yield retold(StandingLearned, c)
    new_members = set(c.human.members) - set(previous.members if previous else ())
    if recipient.reach != Reach():
        yield from _share(
            c, changed(c.human, members=tuple(m for m in c.human.members if m in new_members)), recipient.reach
        )


def learn_reach(c: LearnReach, recipient: Recipient) -> Iterator[Learnt]:
    """Learn contact details from another record, unless that is known to be of another human by now."""
    human = recipient.standing.human if recipient.standing else None
    if human and human.version >= c.version and c.about not in human.members:
        return
    if (previous := recipient.others.get(c.about)) is None or previous.version <= c.version:
        yield retold(ReachLearned, c)


def apply_learnt(recipient: Recipient, event: Learnt) -> Recipient:
    """Apply an event to the recipient. Details shared by records that are not of this human any more are dropped."""
    match event:
        case RecipientChanged():
            news = {
                purpose: event.at
                for purpose, granted in event.consents.items()
                if recipient.consents.get(purpose) != granted
            }
            own = {name: getattr(event, name) for name in OWN}
            return changed(recipient, **own, consented={**recipient.consented, **news})
        case StandingLearned():
            human = event.human
            others = {
                a: one for a, one in recipient.others.items() if a in human.members or one.version > human.version
            }
            return changed(recipient, standing=event, others=others)
        case ReachLearned():
            shared = Shared(email=event.email, language=event.language, name=event.name, version=event.version)
            return changed(recipient, others={**recipient.others, event.about: shared})
        case ReachShared():
            return recipient
        case _:
            assert_never(event)


def _reach_of(event: RecipientChanged) -> Reach:
    return Reach(email=event.email, language=event.language, name=event.name)


def _share(c: LearnRecipient | LearnStanding, human: Human, reach: Reach) -> Iterator[ReachShared]:
    for member in human.members:
        if member != c.recipient_id:
            yield ReachShared(
                at=c.at,
                recipient_id=c.recipient_id,
                with_recipient=member,
                version=human.version,
                **reach.model_dump(),
            )
