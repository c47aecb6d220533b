"""What his_adapter keeps on its raw topic: messages as they came, and how far it read what it reads itself."""

from typing import ClassVar, Literal

from shared.contracts.base import Event, Personal


class HospitalMessageReceived(Event):
    """Raw bytes as a hospital system sent them, stored before they were acknowledged.

    `text` is the decoded message, of FHIR one resource. Of FHIR the id in `control_id` is an HMAC. `body_hash`, under
    the site key, tells a repeat from a second message with the same control id. `former_id` is what older versions
    called the same message, by a digest without a key: who guesses a message could tell that they are right.
    `patients` are the keys of the numbers by which it names patients, whatever its type: it is sealed for
    the one number, or with a key of its own that each of several takes along. With none that key has a term, unless the
    message speaks of the `hospital` itself. Those of before there were `patients` are sealed with keys of their own.
    """

    wire: ClassVar[str] = "careloop.his-adapter.hospital_message_received.v1"
    key_field: ClassVar[str] = "sender"
    reborn: ClassVar[bool] = True

    message_id: str
    sender: str
    site: str
    format: Literal["hl7v2", "fhir", "queue", "cda"] = "hl7v2"
    message_type: str
    control_id: str
    body_hash: str
    historical: bool = False
    text: Personal[str] = None
    former_id: Personal[str] = None
    patients: tuple[str, ...] = ()
    hospital: bool = False

    @property
    def seal_key(self) -> str:
        """The patient where one number names them, else the message."""
        return self.patients[0] if len(self.patients) == 1 else self.message_id

    @property
    def tied_to(self) -> tuple[str, ...]:
        """Every number, where there are several: which of them will be whose is not known at the door."""
        return self.patients if len(self.patients) > 1 else ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """All that it names: which of them a record holds is not known at the door."""
        return self.patients

    @property
    def residue(self) -> str:
        """A message that names no patient may tell of one all the same."""
        return "" if self.patients or self.hospital else "message"


class FeedAdvanced(Event):
    """How far a server that we read was read; `trouble` says why it is not read on, "" where it is.

    `position` is the reader's own: kept so that it goes on where it stopped. `since` is up to when everything was read.
    """

    wire: ClassVar[str] = "careloop.his-adapter.feed_advanced.v1"
    key_field: ClassVar[str] = "feed"

    feed: str
    position: dict[str, str | int] = {}
    since: str = ""
    read: int = 0
    trouble: str = ""
