"""Template and values → subject and body. Sandboxed Jinja2: a template is data, it may not run code."""

from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.notify.definitions import Template

_ENGINE = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class CannotRender(Exception):
    """The template does not compile or names a value that is missing."""


def render(template: Template, language: str, values: dict[str, Any]) -> tuple[str, str]:
    """Subject (one line) and body. Raises `CannotRender`."""
    text = template.texts[language]
    try:
        subject = _ENGINE.from_string(text.subject).render(values)
        return " ".join(subject.split()), _ENGINE.from_string(text.body).render(values)
    except TemplateError as error:
        raise CannotRender(f"{template.ref} ({language}): {error}") from error
