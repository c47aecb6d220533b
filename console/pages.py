"""Renders pages and parts of pages: Jinja2 with escaping on, texts by language, times in the hospital's zone."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency
from babel.units import format_unit
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from console.assets import address
from console.packing import packed
from console.problems import Trouble
from console.screen import Screen
from console.staff import Person
from console.texts import LANGUAGES, Language, language_name, named, translations
from shared.clock import Clock

HERE = Path(__file__).parent
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LOCALES = {"zh": "zh_CN", "en": "en_GB"}
SECOND, MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
MOMENT = timedelta(minutes=1)
"""What is nearer than that is shown as now."""


class Times:
    """Shows times in the hospital's zone: absolute, and relative to now."""

    def __init__(self, clock: Clock, zone: ZoneInfo, language: Language) -> None:
        self._clock, self._zone, self._locale, self._language = clock, zone, LOCALES[language], language

    def at(self, time: datetime) -> str:
        """`2026年3月9日 10:00`."""
        return format_datetime(time.astimezone(self._zone), "medium", locale=self._locale)

    def ago(self, time: datetime) -> str:
        """`3 hours ago`, `in 2 days`; within a minute `just now`."""
        if abs(time - self._clock()) < MOMENT:
            return translations(self._language).gettext("just now")
        return format_timedelta(time - self._clock(), add_direction=True, locale=self._locale)

    def day(self, day: date) -> str:
        """A date, or the day of a time."""
        local = day.astimezone(self._zone).date() if isinstance(day, datetime) else day
        return format_date(local, "medium", locale=self._locale)

    def lasting(self, time: timedelta) -> str:
        """A length of time: `37 ms`, `3 seconds`, `2 days`."""
        if time < SECOND:
            return format_unit(round(time / MILLISECOND), "duration-millisecond", "short", locale=self._locale)
        return format_timedelta(time, locale=self._locale)


class Pages:
    """Renders templates of `ui/` and of the screens. `screens` are those of the menu, in its order."""

    def __init__(self, clock: Clock, zone: str, hospital: str, screens: Iterable[Screen]) -> None:
        self._hospital, self.screens = hospital, tuple(screens)
        self._templates = {each: _templates(Times(clock, ZoneInfo(zone), each), each) for each in LANGUAGES}

    def answer(
        self,
        request: Request,
        template: str,
        person: Person | None,
        language: str,
        status: int = 200,
        accepted: str = "",
        **model: Any,
    ) -> HTMLResponse:
        """The rendered template as an answer. `person`: who is signed in, if anybody.

        `accepted`: the path of the form that was just accepted, so that the browser forgets its draft.
        `opens`, in each template: the names of the screens that they may open.
        """
        open = [each for each in self.screens if person and each.opens_for(person.staff.roles)]
        menu, opens = [each for each in open if each.in_menu], {each.name for each in open}
        shell = {"lang": language, "hospital": self._hospital, "menu": menu, "opens": opens, "person": person}
        page = self._templates["en" if language == "en" else "zh"].get_template(template)
        content = page.render(here=request.url.path, accepted=accepted, **shell, **model)
        body, headers = packed(request.headers, content.encode())
        return HTMLResponse(body, status, {"content-security-policy": CSP, **headers})


def _templates(times: Times, language: Language) -> Environment:
    """The templates in one language."""
    templates = Environment(
        loader=FileSystemLoader([HERE / "ui", HERE / "screens"]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = translations(language)
    templates.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    templates.globals |= {"named": partial(named, language), "asset": address}
    templates.tests["trouble"] = lambda value: isinstance(value, Trouble)
    money = partial(format_currency, locale=LOCALES[language])
    templates.filters |= {"time": partial(_time, times), "day": times.day, "moment": times.at}
    templates.filters |= {"lasting": times.lasting, "money": money, "language": partial(language_name, language)}
    return templates


def _time(times: Times, time: datetime) -> Markup:
    """A time as people say it, with the exact one on top of it."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(time.isoformat(), times.at(time), times.ago(time))
