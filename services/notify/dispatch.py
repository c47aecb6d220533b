"""May it go out, and when? Consent, quiet hours, address, template, age: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.notify.definitions import QuietHours, Template
from services.notify.state import Message, Recipient
from shared.contracts.contacts import Purpose, Staff
from shared.definitions import Definitions

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
    """When the quiet hours around `now` end; None where it is not quiet."""
    local = now.astimezone(ZoneInfo(rule.zone))
    clock = local.time()
    overnight = rule.starts > rule.ends
    quiet = (clock >= rule.starts or clock < rule.ends) if overnight else rule.starts <= clock < rule.ends
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if overnight and clock >= rule.starts else 0)
    return datetime.combine(day, rule.ends, ZoneInfo(rule.zone))
