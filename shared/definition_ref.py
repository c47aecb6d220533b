"""References to definitions: `<kind>/<id>/<version>`, or `<kind>/<id>` for the current version."""

from typing import Annotated, NamedTuple

from shared.text_form import TextForm


class Ref(NamedTuple):
    """A version of a definition; the current one if `version` is None. Topics, events and read models hold its text."""

    kind: str
    id: str
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Ref":
        """Parse the text form. Raises ValueError."""
        kind, id, *version = text.split("/")
        if len(version) > 1:
            raise ValueError(f"{text!r} is not <kind>/<id>/<version>")
        return cls(kind, id, int(version[0]) if version else None)

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}" if self.version is None else f"{self.kind}/{self.id}/{self.version}"


def kind_of(text: str) -> str:
    """Return the kind that the text form names; the whole text if it is no reference."""
    return text.partition("/")[0]


def named(text: str) -> Ref | None:
    """Parse the text form; None for an empty text. Raises ValueError."""
    return Ref.parse(text) if text else None


Named = Annotated[Ref | None, TextForm(named, lambda ref: str(ref) if ref else "")]
"""A field of a state that names a definition, or none: as text `<kind>/<id>/<version>`, or ""."""
Exact = Annotated[Ref, TextForm(Ref.parse)]
"""A field of a state that names a version of a definition."""
