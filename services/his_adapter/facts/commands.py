"""What his_adapter can be asked to do with what hospitals send.

What else it is asked stands in `commands.py` of its rooms: `directory/`, `requests/`, `packets/`, `payments/`,
`watches/`.
"""

from typing import Any, ClassVar

from shared.contracts.base import Command, Personal


class ReportFact(Command):
    """A message says this of a patient. `fact` is the data of the event type `fact_type`.

    `corrects` is set by a replay: what the message was once taken to say was wrong, so it is told again. `cut` names
    the texts that were too long; the message as it was stored has them whole. `former_id` is what older versions called
    that message.
    """

    wire: ClassVar[str] = "careloop.his-adapter.report_fact.v1"
    key_field: ClassVar[str] = "patient_key"
    reborn: ClassVar[bool] = True

    patient_key: str
    message_id: str
    fact_type: str
    corrects: bool = False
    cut: tuple[str, ...] = ()
    fact: Personal[dict[str, Any]] = None
    former_id: Personal[str] = None


class NoteNothing(Command):
    """A message of a kind we translate says nothing to tell (a result that is not there yet): it is done with.

    Keyed by sender, since deciders remember every key.
    """

    wire: ClassVar[str] = "careloop.his-adapter.note_nothing.v1"
    key_field: ClassVar[str] = "sender"

    sender: str
    message_id: str


HisCommand = ReportFact | NoteNothing
