"""Logs of before claims were kept apart, when a touchpoint filled in details that nobody knew.

Such a change stands right before the `TouchpointRecorded` of its command, with the time of the touchpoint or, where
that is older, of the newest detail then known; it names none but unknown fields. What the hospital said looks like that
only if it said so at the very instant of the touchpoint that came next, and counts again when it is said again.
"""

from datetime import datetime

from services.contacts.claims import of_words
from services.contacts.details import Clocks
from shared.contracts.base import Part
from shared.contracts.contacts import Claim, PersonDetailsChanged, PersonRegistered, TouchpointRecorded
from shared.contracts.facts import Details

CLAIMABLE = frozenset({"name", "phones", "email"})


class Doubt(Part):
    """Fields that a touchpoint may have filled in, if it comes next and at this time; `clocks` as they were before."""

    fields: tuple[str, ...]
    at: datetime
    clocks: str = ""


def of_registered(event: PersonRegistered) -> Doubt | None:
    """The hospital never registered anybody without a number."""
    fields = tuple(event.details.said())
    return Doubt(fields=fields, at=event.at) if fields and not event.details.identifiers else None


def of_changed(event: PersonDetailsChanged, known: Details, clocks: str) -> Doubt | None:
    """A change of today has `said`, and is the hospital's or a confirmation."""
    filled = CLAIMABLE.issuperset(event.changed) and all(getattr(known, name) is None for name in event.changed)
    if event.said is not None or not filled:
        return None
    return Doubt(fields=event.changed, at=event.at, clocks=clocks)


def was_claimed(doubt: Doubt | None, known: Details, touch: TouchpointRecorded) -> tuple[Claim, ...]:
    """What was claimed by a touchpoint and stood among the details; nothing where the doubt was wrong."""
    if doubt is None or doubt.at != max(touch.at, Clocks(doubt.clocks).newest or touch.at):
        return ()
    words = {name: word for name, word in known.said().items() if name in doubt.fields}
    return of_words(touch.person_id, touch.touchpoint_id, touch.channel, touch.at, words)
