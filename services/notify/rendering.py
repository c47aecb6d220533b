"""Renders a template with values."""

from functools import lru_cache
from typing import Any

from jinja2.exceptions import TemplateError

from services.notify.costs import ENGINE
from services.notify.definitions import Template

_compiled = lru_cache(maxsize=256)(ENGINE.from_string)


class CannotRender(Exception):
    """The template does not compile or uses a missing value."""


def render(template: Template, language: str, values: dict[str, Any]) -> tuple[str, str]:
    """Subject (one line) and body. Raises `CannotRender`."""
    text = template.texts[language]
    try:
        subject = _compiled(text.subject).render(values)
        return " ".join(subject.split()), _compiled(text.body).render(values)
    except (TemplateError, RecursionError) as error:
        raise CannotRender(f"{template.ref} ({language}): {error}") from error
