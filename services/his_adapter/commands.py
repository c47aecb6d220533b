"""What his_adapter can be asked to do."""

from typing import Any, ClassVar

from shared.contracts.base import Command, Personal


class ReportFact(Command):
    """A message says this of a patient. `fact` is the data of the event type `fact_type`.

    `corrects` is set by a replay: what the message was once taken to say was wrong, so it is told again.
    """

    wire: ClassVar[str] = "careloop.his-adapter.report_fact.v1"
    key_field: ClassVar[str] = "patient_key"
    reborn: ClassVar[bool] = True

    patient_key: str
    message_id: str
    fact_type: str
    corrects: bool = False
    fact: Personal[dict[str, Any]] = None


HisCommand = ReportFact
