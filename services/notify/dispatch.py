"""Decides whether and when a message may be sent: consent, quiet hours, address, template, validity. Pure."""

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
    """The message is never sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The message is sent later, because of a definition (`kind/id/version`)."""

    until: datetime
    definition: str


@dataclass(frozen=True, slots=True)
class Go:
    """The message is sent now."""

    address: str
    name: str | None
    language: str
    template: str


def judge(message: Message, recipient: Recipient, now: datetime, definitions: Definitions) -> Suppress | Wait | Go:
    """The decision for one message at one time."""
    if now > message.valid_until:
        return Suppress("too-late")
    if message.staff_id is None and recipient.dead:
        return Suppress("died")
    consent = recipient.consent_for(message.purpose)
    if not (consent if consent is not None else message.purpose in ALLOWED_UNLESS_WITHDRAWN):
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
    language_wanted = (staff.language if staff else reach.language) or "zh"
    language = language_wanted if language_wanted in template.texts else next(iter(template.texts))
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
    """The end of the quiet hours around `now`; None outside of them."""
    today, until = now.astimezone(ZoneInfo(rule.zone)).date(), None
    days = [today + timedelta(days=offset) for offset in (-1, 0, 1, 2)]  # a zone may skip a day
    for starts, ends in sorted(stretch for day in days for stretch in _quiet_of(rule, day)):
        if starts <= (until or now) < ends:  # joins parts that meet at midnight
            until = ends
    return shown(until, rule.zone) if until else None


def _quiet_of(rule: QuietHours, day: date) -> list[Stretch]:
    if rule.starts <= rule.ends:
        return stretches(day, rule.starts, rule.ends, rule.zone)
    return stretches(day, time(), rule.ends, rule.zone) + stretches(day, rule.starts, None, rule.zone)
