"""Definitions that portering owns."""

from typing import ClassVar

from pydantic import Field

from shared.definitions import Definition


class Lateness(Definition):
    """A ride is late when no porter accepted it within `minutes` of the request."""

    kind: ClassVar[str] = "lateness"
    owner: ClassVar[str] = "portering"

    minutes: int = Field(ge=1)
