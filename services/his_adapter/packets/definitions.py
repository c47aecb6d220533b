"""Definition of the papers of a formality."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.base import Part
from shared.contracts.his_packets import Words
from shared.definitions import Definition

FactSource = Literal[
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
"""Sources of item values: fields that facts of hospital systems carry."""


class PacketItem(Part):
    """One item of a packet, filled from `known`, or by hand if that is None. `department` gets the work order."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    titles: Words
    known: FactSource | None = None
    required: bool = True
    department: str = ""


class Packet(Definition):
    """The papers of a formality; its id names it (`discharge`, `revisit`)."""

    kind: ClassVar[str] = "packet"
    owner: ClassVar[str] = "his_adapter"

    items: tuple[PacketItem, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Self:
        ids = [item.id for item in self.items]
        if repeated := {id for id in ids if ids.count(id) > 1}:
            raise ValueError(f"`items` names {', '.join(sorted(repeated))} twice")
        return self
