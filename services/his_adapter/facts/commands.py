"""Commands that report the content of hospital messages.

Other commands of his_adapter are in `commands.py` of `directory/`, `requests/`, `packets/`, `payments/` and `watches/`.
"""

from typing import Any, ClassVar

from shared.contracts.base import Command, Personal


class ReportFact(Command):
    """Report one fact of a message about a patient. `fact` is the data of the event type (wire name) `fact_type`.

    `corrects`: set by a replay, publishes the fact although the message was translated (wrongly) before. `cut`: names
    of the fields whose text was truncated; the stored message has the full text. `former_id`: the message id that
    older versions computed for the same message.
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
    """A message of a type we translate contained no fact (an order result that is still pending, for example).

    The decider accepts it without an event. Keyed by sender and not by message, because deciders keep every key.
    """

    wire: ClassVar[str] = "careloop.his-adapter.note_nothing.v1"
    key_field: ClassVar[str] = "sender"

    sender: str
    message_id: str


HisCommand = ReportFact | NoteNothing
