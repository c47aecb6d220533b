"""Published by his_adapter: facts that came under the id of another FHIR server's patient (ADR 25)."""

from typing import Any, ClassVar

from shared.contracts.base import Event, Personal


class FactHandedOn(Event):
    """A fact came under an id that another FHIR server gave first: it is of `to_key`, and asked about there.

    The rest is the command's. Sealed with the key of whom it is about.
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
