"""Definitions of notify: templates, quiet hours, and retries per channel."""

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


class TemplateText(Part):
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
        """The names of the values that it uses."""
        return used(self.subject) | used(self.body)


class Template(Definition):
    """The text of a message, by language.

    `values` declares the values that the texts use besides `hospital` and `name`, each with an example; whoever refers
    to the template must supply all of them. Older templates declare nothing and are checked by their texts.
    """

    kind: ClassVar[str] = "template"
    owner: ClassVar[str] = "notify"

    texts: Mapping[str, TemplateText] = Field(min_length=1)
    values: Mapping[str, JsonValue] = {}

    def mistakes(self) -> Iterator[str]:
        """Texts that use undeclared values or fail to render with the examples; declared values that no text uses."""
        if wrong := [*self._mistakes(self.values, "`values` does not declare")]:
            yield from wrong
        elif unused := self.values.keys() - frozenset[str]().union(*(text.uses for text in self.texts.values())):
            yield f"{quoted(f'values.{name}' for name in unused)} is declared, and no text uses it"

    def misfits(self, reference: Reference) -> Iterator[str]:
        """Texts that do not fit the values of a reference: missing values, failures, mandatory values not used."""
        yield from self._mistakes(reference.gives, "it is not given")
        for language, text in self.texts.items():
            if unused := reference.must_use - text.uses:
                yield f"`texts.{language}` does not use {quoted(unused)}, and must"

    def _mistakes(self, values: Mapping[str, object], lacks: str) -> Iterator[str]:
        for language, text in self.texts.items():
            for field, source in (("subject", text.subject), ("body", text.body)):
                for mistake in wrong_with(source, values, lacks):
                    yield f"`texts.{language}.{field}` {mistake}"


class QuietHours(Definition):
    """No messages from `starts` to `ends` (over midnight if `ends` is earlier), except for `exempt` purposes."""

    kind: ClassVar[str] = "quiet-hours"
    owner: ClassVar[str] = "notify"

    zone: Zone
    starts: time
    ends: time
    exempt: tuple[Purpose, ...] = ("alert",)


class Delivery(Definition):
    """Retries of a channel: the definition whose `id` is the name of the channel applies.

    After `attempts` a message has failed; `back_off_seconds` are the pauses between attempts. Without a definition the
    defaults apply.
    """

    kind: ClassVar[str] = "delivery"
    owner: ClassVar[str] = "notify"

    attempts: int = Field(4, ge=1, le=50)
    back_off_seconds: BackOff = (60, 300, 1800)
