"""Published by his_adapter: facts that came with the id of another FHIR server's patient (ADR 25)."""

from typing import Any, ClassVar

from shared.contracts.base import Event, Personal


class FactHandedOn(Event):
    """A fact with an id that another FHIR server issued first: it belongs to `to_key` and is decided there.

    The other fields are those of the command. Encrypted with the key of the patient.
    """

    wire: ClassVar[str] = "careloop.his-adapter.fact_handed_on.v1"
    key_field: ClassVar[str] = "patient_key"
    seal_field: ClassVar[str | None] = "to_key"
    reborn: ClassVar[bool] = True

    patient_key: str
    to_key: str
    message_id: str
    fact_type: str
    corrects: bool = False
    cut: tuple[str, ...] = ()
    fact: Personal[dict[str, Any]] = None
    former_id: Personal[str] = None
