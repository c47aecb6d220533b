"""Definitions notify owns: templates and quiet hours."""

from collections.abc import Mapping
from datetime import time
from typing import ClassVar

from pydantic import Field

from shared.contracts.base import Part
from shared.contracts.contacts import Purpose
from shared.definitions import Definition


class Text(Part):
    """Subject and body in one language (Jinja2, sandboxed): `name`, `hospital`, `link` and the request's values."""

    subject: str
    body: str


class Template(Definition):
    """What a message says, by language."""

    kind: ClassVar[str] = "template"
    owner: ClassVar[str] = "notify"

    texts: Mapping[str, Text] = Field(min_length=1)


class QuietHours(Definition):
    """Nobody is disturbed from `starts` to `ends` (over midnight if later), but for `exempt` purposes."""

    kind: ClassVar[str] = "quiet-hours"
    owner: ClassVar[str] = "notify"

    zone: str
    starts: time
    ends: time
    exempt: tuple[Purpose, ...] = ("alert",)


KINDS = (Template, QuietHours)
