"""Definitions portering owns: when a ride is late."""

from typing import ClassVar

from pydantic import Field

from shared.definitions import Definition


class Lateness(Definition):
    """How many minutes may pass before a porter takes a ride on."""

    kind: ClassVar[str] = "lateness"
    owner: ClassVar[str] = "portering"

    minutes: int = Field(ge=1)
