"""The raw topic of his_adapter: messages as they were received, and the positions of feeds."""

from typing import ClassVar, Literal

from shared.contracts.base import Event, Personal


class HospitalMessageReceived(Event):
    """A message of a hospital system as it was received, stored before it was acknowledged.

    `text`: the decoded message (of FHIR one resource). `control_id`: of FHIR an HMAC of the id. `body_hash`: HMAC that
    distinguishes a repeat from another message with the same control id. `former_id`: the message id of older versions,
    a digest without a key, hence encrypted.

    `patients`: keys of all patient numbers in it. With one number the message is encrypted for it; with several it has
    a key of its own that is tied to each of them; with none that key has a term, unless the message is about the
    `hospital` itself. Messages of versions without `patients` are encrypted with keys of their own.
    """

    wire: ClassVar[str] = "careloop.his-adapter.hospital_message_received.v1"
    key_field: ClassVar[str] = "sender"
    on: ClassVar[str] = "raw"
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
        """The patient number if there is exactly one, else the message."""
        return self.patients[0] if len(self.patients) == 1 else self.message_id

    @property
    def tied_to(self) -> tuple[str, ...]:
        """All numbers if there are several; which person has which is not known at intake."""
        return self.patients if len(self.patients) > 1 else ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """All patient numbers; which of them a record has is not known at intake."""
        return self.patients

    @property
    def residue(self) -> str:
        """Counts messages without a patient number, which may still contain personal data."""
        return "" if self.patients or self.hospital else "message"


class FeedAdvanced(Event):
    """The position of a feed. `trouble`: why reading stopped, "" while it goes on.

    `position`: the reader's own, to continue from. `since`: everything up to this time was read.
    """

    wire: ClassVar[str] = "careloop.his-adapter.feed_advanced.v1"
    key_field: ClassVar[str] = "feed"
    on: ClassVar[str] = "raw"

    feed: str
    position: dict[str, str | int] = {}
    since: str = ""
    read: int = 0
    trouble: str = ""
