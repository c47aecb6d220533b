"""The definition of a formality's papers."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.base import Part
from shared.contracts.his_packets import Words
from shared.definitions import Definition

Known = Literal[
    "patient.name",
    "patient.birth_date",
    "patient.sex",
    "patient.phone",
    "patient.email",
    "patient.address",
    "patient.record-number",
    "patient.national-id",
    "visit.number",
    "visit.department",
    "visit.ward",
    "visit.doctor",
    "visit.admitted",
    "visit.discharged",
    "visit.diagnoses",
    "coverage.payer",
    "coverage.number",
    "appointment.next",
    "report.document",
]
"""What hospital systems tell that a packet can be filled from."""


class Item(Part):
    """One thing that belongs into a packet. Without `known` it is always given by hand; `department` fills its gap."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    titles: Words
    known: Known | None = None
    required: bool = True
    department: str = ""


class Packet(Definition):
    """The papers of a formality (`discharge`, `revisit`)."""

    kind: ClassVar[str] = "packet"
    owner: ClassVar[str] = "his_adapter"

    items: tuple[Item, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Self:
        ids = [item.id for item in self.items]
        if twice := {id for id in ids if ids.count(id) > 1}:
            raise ValueError(f"`items` names {', '.join(sorted(twice))} twice")
        return self
