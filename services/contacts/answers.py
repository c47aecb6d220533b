"""What the routes of the root answer: the questions of the registry that staff must decide."""

from typing import Any, Literal

from pydantic import AwareDatetime

from services.contacts.person_360.answers import PersonMatch
from shared.answers import Answer
from shared.contracts.base import Personal


class IdentityReview(Answer):
    """A question for a person: an `input` that fits several people, or a `merge` that is proposed."""

    id: str
    kind: Literal["input", "merge"]
    candidates: list[PersonMatch]
    reasons: list[str]
    since: AwareDatetime
    age_seconds: int
    input: Personal[dict[str, Any]]
