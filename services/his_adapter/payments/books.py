"""The interface through which payments ask the hospital system about persons and charges (ADR 14)."""

from collections.abc import Sequence
from typing import Protocol

from services.his_adapter.payments.charges import Meanings
from shared.contracts.his_asks import Subject
from shared.contracts.his_requests import BillLine
from shared.humans import Records

Costs = tuple[list[BillLine], Meanings]
"""The bill lines of a patient's charges, and the meanings of their names (`charges.Meanings`)."""


class Books(Protocol):
    """The hospital's records of persons and charges.

    `unanswered`: slugs of the 504 problem if the hospital does not say what charges cost.
    """

    unanswered: tuple[str, ...]

    async def records(self, person_id: str, subject: Subject | None) -> Records:
        """The records of a human. Raises a 404 problem, or a 422 one if the number in `subject` is not theirs."""

    async def costs(self, subject: Subject, names: Sequence[str]) -> Costs:
        """The costs of a patient's charges, including `names`. Raises a 504 problem if the hospital does not answer."""
