"""What every fact that a message tells of a patient carries."""

from datetime import datetime
from typing import NotRequired, TypedDict

from shared.contracts.facts import Details


class Head(TypedDict):
    """The fields of `PatientFact`; `updated` where the source wrote it down at another time than it happened."""

    at: datetime
    patient_key: str
    patient: Details
    message_id: str
    control_id: str
    source_system: str
    historical: bool
    updated: NotRequired[datetime]
    servers: NotRequired[tuple[str, ...]]


def heading(head: Head, at: datetime) -> Head:
    """The head of a fact that happened at another time."""
    return {**head, "at": at}
