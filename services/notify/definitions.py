"""Definitions notify owns: templates and quiet hours."""

from collections.abc import Mapping
from datetime import time
from typing import ClassVar

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import Field, field_validator

from shared.contracts.base import Part
from shared.contracts.contacts import Purpose
from shared.definitions import Definition, Zone


class Text(Part):
    """Subject and body in one language (Jinja2, sandboxed): `name`, `hospital`, `link` and the request's values."""

    subject: str
    body: str

    @field_validator("subject", "body")
    @classmethod
    def _compiles(cls, text: str) -> str:
        try:
            ImmutableSandboxedEnvironment().parse(text)
        except TemplateSyntaxError as error:
            raise ValueError(f"line {error.lineno} is no Jinja2: {error.message}") from error
        return text


class Template(Definition):
    """What a message says, by language."""

    kind: ClassVar[str] = "template"
    owner: ClassVar[str] = "notify"

    texts: Mapping[str, Text] = Field(min_length=1)


class QuietHours(Definition):
    """Nobody is disturbed from `starts` to `ends` (over midnight if later), but for `exempt` purposes."""

    kind: ClassVar[str] = "quiet-hours"
    owner: ClassVar[str] = "notify"

    zone: Zone
    starts: time
    ends: time
    exempt: tuple[Purpose, ...] = ("alert",)


KINDS = (Template, QuietHours)
