"""What payments ask of the hospital that they take money for. They know nothing else of it."""

from collections.abc import Sequence
from typing import Protocol

from services.his_adapter.payments.charges import Meanings
from shared.contracts.his_requests import BillLine, Subject
from shared.humans import Records

Costs = tuple[list[BillLine], Meanings]
"""The lines of a patient's charges, and which names mean the same charge."""


UNANSWERED = (
    "unreachable",
    "broken-off",
    "silent",
    "no-answer",
    "answer-unreadable",
    "hospital-busy",
    "refused-by-hospital",
    "refused",
)
"""Why the hospital does not say what charges cost: the problems of a 504."""


class Books(Protocol):
    """The hospital's books."""

    async def records(self, person_id: str, subject: Subject | None) -> Records:
        """The records of a human, once the number in `subject` is theirs. Raises a 404 or 422 problem."""

    async def costs(self, subject: Subject, names: Sequence[str]) -> Costs:
        """What a patient's charges cost, `names` among them. Raises a 504 problem where nobody answers."""
