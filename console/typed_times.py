"""Times that people type into the `datetime-local` fields of forms, in the hospital's zone."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from console.problems import Trouble
from shared.contracts.base import plausible

Typed = Annotated[str, Query(max_length=40)]
"""A time as a field of a form sends it."""
BAD_TIME = Trouble(422, "time-invalid")


def at(text: str, zone: ZoneInfo) -> datetime | None:
    """The time that a `datetime-local` field says, in the hospital's zone; None if it is empty.

    Raises ValueError if it says no time, or one that no service takes.
    """
    if not text.strip():
        return None
    time = datetime.fromisoformat(text.strip())
    if not plausible(time):
        raise ValueError("the time must lie between the years 1900 and 2200")
    return time if time.tzinfo else time.replace(tzinfo=zone)


def typed_again(text: str, zone: ZoneInfo) -> str:
    """What is shown in the field again: a browser takes nothing that is no time."""
    try:
        at(text, zone)
    except ValueError:
        return ""
    return text
