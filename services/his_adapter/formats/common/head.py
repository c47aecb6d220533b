"""Fields that every fact about a patient has."""

from datetime import datetime
from typing import NotRequired, TypedDict

from shared.contracts.facts import Details


class Head(TypedDict):
    """The fields of `PatientFact`; `updated` is set if the fact was recorded at another time than it happened."""

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
    """Return a copy of the head with another time."""
    return {**head, "at": at}
