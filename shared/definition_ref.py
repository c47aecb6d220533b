"""How a definition is named: `<kind>/<id>/<version>`, or `<kind>/<id>` for whichever version is in force."""

from typing import NamedTuple


class Ref(NamedTuple):
    """One version of a definition; without `version` the one in force. Topics, events and read models hold its text."""

    kind: str
    id: str
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Ref":
        """Read what `str` wrote. Raises ValueError."""
        kind, id, *version = text.split("/")
        if len(version) > 1:
            raise ValueError(f"{text!r} is not <kind>/<id>/<version>")
        return cls(kind, id, int(version[0]) if version else None)

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}" if self.version is None else f"{self.kind}/{self.id}/{self.version}"
