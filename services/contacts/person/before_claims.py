"""Read logs of versions without claims, in which a touchpoint filled empty fields of the details directly.

Such a `PersonDetailsChanged` (or `PersonRegistered`) is recognised by its place: right before the `TouchpointRecorded`
of the same command, with the touchpoint's time (or the time of the previous change if that is newer), and changing only
empty fields. A change by the hospital is mistaken for one only if it has exactly the time of the touchpoint that comes
next; it is set again when the hospital reports it again.
"""

from datetime import datetime

from services.contacts.person.claims import of_words
from shared.contracts.base import Part
from shared.contracts.contacts import Claim, PersonDetailsChanged, PersonRegistered, TouchpointRecorded
from shared.contracts.facts import Details

CLAIMABLE = frozenset({"name", "phones", "email"})


class Doubt(Part):
    """Fields that a touchpoint filled in, if a touchpoint of the time `at` is the next event.

    `before`: time of the previous change of the details. `clocks`: the clocks before the doubtful change.
    """

    fields: tuple[str, ...]
    at: datetime
    before: datetime | None = None
    clocks: str = ""


def of_registered(event: PersonRegistered) -> Doubt | None:
    """A doubt if the person was registered without an identifier: the hospital always has one."""
    fields = tuple(event.details.stated_fields())
    return Doubt(fields=fields, at=event.at) if fields and not event.details.identifiers else None


def of_changed(event: PersonDetailsChanged, previous: Details, before: datetime | None, clocks: str) -> Doubt | None:
    """A doubt if an event of an older version (without `stated_at`) only filled empty fields that can be claimed."""
    filled = CLAIMABLE.issuperset(event.changed) and all(getattr(previous, name) is None for name in event.changed)
    if event.stated_at is not None or not filled:
        return None
    return Doubt(fields=event.changed, at=event.at, before=before, clocks=clocks)


def was_claimed(doubt: Doubt | None, details: Details, touch: TouchpointRecorded) -> tuple[Claim, ...]:
    """The doubtful details as claims of the touchpoint; empty if the touchpoint does not match the doubt."""
    if doubt is None or doubt.at != max(touch.at, doubt.before or touch.at):
        return ()
    values = {name: value for name, value in details.stated_fields().items() if name in doubt.fields}
    return of_words(touch.person_id, touch.touchpoint_id, touch.channel, touch.at, values)
