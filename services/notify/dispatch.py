"""May it go out, and when? Consent, quiet hours, address, template, age: pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.notify.definitions import QuietHours, Template
from services.notify.state import Message, Recipient
from shared.contracts.contacts import Purpose, Staff
from shared.definitions import Definitions
from shared.wall_clock import Stretch, shown, stretches

ALLOWED_UNLESS_WITHDRAWN: frozenset[Purpose] = frozenset({"care", "survey", "alert"})


@dataclass(frozen=True, slots=True)
class Suppress:
    """It never goes out."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """It goes out later, because of a definition."""

    until: datetime
    definition: str


@dataclass(frozen=True, slots=True)
class Go:
    """It goes out now, to this address in this language."""

    address: str
    name: str | None
    language: str
    template: str


def judge(message: Message, recipient: Recipient, now: datetime, definitions: Definitions) -> Suppress | Wait | Go:
    """The verdict for one message at one moment."""
    if now > message.valid_until:
        return Suppress("too-late")
    if message.staff_id is None and recipient.dead:
        return Suppress("died")
    word = recipient.word(message.purpose)
    if not (word if word is not None else message.purpose in ALLOWED_UNLESS_WITHDRAWN):
        return Suppress("no-consent")
    staff = definitions.find(Staff, message.staff_id) if message.staff_id else None
    reach = recipient.best
    address = staff.email if staff else reach.email
    if not address:
        return Suppress("no-address")
    template = definitions.find(Template, message.template)
    if template is None:
        return Suppress("no-template")
    wait = _quiet(message, now, definitions)
    if wait:
        return wait if wait.until <= message.valid_until else Suppress("too-late")
    wanted = (staff.language if staff else reach.language) or "zh"
    language = wanted if wanted in template.texts else next(iter(template.texts))
    return Go(address, staff.name if staff else reach.name, language, template.ref)


def _quiet(message: Message, now: datetime, definitions: Definitions) -> Wait | None:
    for rule in definitions.current(QuietHours):
        if message.purpose in rule.exempt:
            continue
        until = quiet_until(rule, now)
        if until:
            return Wait(until, rule.ref)
    return None


def quiet_until(rule: QuietHours, now: datetime) -> datetime | None:
    """When the quiet hours around `now` end, which is later; None where it is not quiet."""
    today, until = now.astimezone(ZoneInfo(rule.zone)).date(), None
    days = [today + timedelta(days=offset) for offset in (-1, 0, 1, 2)]  # a zone may skip a day
    for starts, ends in sorted(stretch for day in days for stretch in _quiet_of(rule, day)):
        if starts <= (until or now) < ends:  # one that goes on over midnight is one
            until = ends
    return shown(until, rule.zone) if until else None


def _quiet_of(rule: QuietHours, day: date) -> list[Stretch]:
    if rule.starts <= rule.ends:
        return stretches(day, rule.starts, rule.ends, rule.zone)
    return stretches(day, time(), rule.ends, rule.zone) + stretches(day, rule.starts, None, rule.zone)
