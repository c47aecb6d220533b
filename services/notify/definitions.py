"""Definitions notify owns: templates, quiet hours, and how often a message is tried."""

from collections.abc import Iterator, Mapping
from datetime import time
from typing import ClassVar

from jinja2 import TemplateSyntaxError
from pydantic import Field, JsonValue, field_validator

from services.notify.costs import ENGINE
from services.notify.texts import quoted, used, wrong_with
from shared.back_off import BackOff
from shared.contracts.base import Part
from shared.contracts.contacts import Purpose
from shared.definitions import Definition, Reference, Zone


class Text(Part):
    """Subject and body in one language (Jinja2, sandboxed)."""

    subject: str
    body: str

    @field_validator("subject", "body")
    @classmethod
    def _compiles(cls, text: str) -> str:
        try:
            ENGINE.parse(text)
        except TemplateSyntaxError as error:
            raise ValueError(f"line {error.lineno} is no Jinja2: {error.message}") from error
        except (RecursionError, ValueError) as error:
            raise ValueError("is nested too deep, or holds a number of thousands of digits") from error
        return text

    @property
    def uses(self) -> frozenset[str]:
        """The values it uses."""
        return used(self.subject) | used(self.body)


class Template(Definition):
    """What a message says, by language.

    `values` declares what the texts use besides the `hospital` and the recipient's `name`, each with an example: who
    refers to the template must give all of them. Older templates have no declaration and are held to their texts.
    """

    kind: ClassVar[str] = "template"
    owner: ClassVar[str] = "notify"

    texts: Mapping[str, Text] = Field(min_length=1)
    values: Mapping[str, JsonValue] = {}

    def mistakes(self) -> Iterator[str]:
        """Texts that use what is not declared or cannot be rendered with the examples; what is declared in vain."""
        if wrong := [*self._mistakes(self.values, "`values` does not declare")]:
            yield from wrong
        elif unused := self.values.keys() - frozenset[str]().union(*(text.uses for text in self.texts.values())):
            yield f"{quoted(f'values.{name}' for name in unused)} is declared, and no text uses it"

    def misfits(self, reference: Reference) -> Iterator[str]:
        """Texts that use what is not given there, or cannot be rendered with it, or do without what they must use."""
        yield from self._mistakes(reference.gives, "it is not given")
        for language, text in self.texts.items():
            if lost := reference.must_use - text.uses:
                yield f"`texts.{language}` does not use {quoted(lost)}, and must"

    def _mistakes(self, values: Mapping[str, object], lacks: str) -> Iterator[str]:
        for language, text in self.texts.items():
            for field, source in (("subject", text.subject), ("body", text.body)):
                for what in wrong_with(source, values, lacks):
                    yield f"`texts.{language}.{field}` {what}"


class QuietHours(Definition):
    """Nobody is disturbed from `starts` to `ends` (over midnight if later), but for `exempt` purposes."""

    kind: ClassVar[str] = "quiet-hours"
    owner: ClassVar[str] = "notify"

    zone: Zone
    starts: time
    ends: time
    exempt: tuple[Purpose, ...] = ("alert",)


class Delivery(Definition):
    """How a message is tried over a channel: the one whose `id` is the channel's name applies.

    After `attempts` it has failed for good; between them `back_off_seconds` pass. Without a definition it is tried as
    one that says nothing else.
    """

    kind: ClassVar[str] = "delivery"
    owner: ClassVar[str] = "notify"

    attempts: int = Field(4, ge=1, le=50)
    back_off_seconds: BackOff = (60, 300, 1800)
