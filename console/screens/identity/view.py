"""What the page of identity reviews shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from careloop_client.contacts.models import Identifier, Identity, IdentityReview
from console.comparing import Row, compared
from console.screens.identity.reasons import Reason, reason

DETAILS = ("name", "birth_date", "sex", "phones", "email", "address")
"""What an input may say of somebody, by the names of both `Details` and `Identity`."""
SETTLED = ("input-not-waiting", "proposal-not-open", "identity-review-unknown")
"""Problems of a decision that somebody else made first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the list of what waits."""

    id: str
    kind: Literal["input", "merge"]
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom it may be about."""

    person_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is decided now. `summary`: what the input says; `next`: the review after it, "" at the end."""

    id: str
    kind: Literal["input", "merge"]
    since: datetime
    reasons: Sequence[Reason]
    candidates: Sequence[Candidate]
    rows: Sequence[Row]
    summary: str
    next: str


def waiting(reviews: Sequence[IdentityReview]) -> list[Waiting]:
    """The list of what waits."""
    return [Waiting(each.id, each.kind, _name(each), each.since) for each in reviews]


def _name(review: IdentityReview) -> str:
    return input_identity(review.input).name or next(
        (c.identity.name for c in review.candidates if c.identity.name), ""
    )


def question(reviews: Sequence[IdentityReview], id: str) -> Question | None:
    """The review of this id, else the oldest; None if nothing waits."""
    at = next((place for place, each in enumerate(reviews) if each.id == id), 0)
    if not reviews:
        return None
    review = reviews[at]
    sides = [each.identity for each in review.candidates]
    if review.kind == "input":
        sides = [input_identity(review.input), *sides]
    return Question(
        review.id,
        review.kind,
        review.since,
        [reason(each) for each in review.reasons],
        [Candidate(each.person_id, each.identity.name or "") for each in review.candidates],
        compared(sides) if sides else [],
        str((review.input or {}).get("summary") or ""),
        reviews[at + 1].id if at + 1 < len(reviews) else "",
    )


def input_identity(carried: Mapping[str, Any] | None) -> Identity:
    """Whom an input says that it is about: a caller's words, or what the hospital reports of a patient."""
    said = {**(carried or {}), **((carried or {}).get("patient") or {})}
    numbers = [each for each in said.get("identifiers") or () if each.get("value")]
    identifiers = [Identifier(system=each["system"], key=each.get("key", ""), value=each["value"]) for each in numbers]
    stated: dict[str, Any] = {name: said.get(name) for name in DETAILS}
    stated["identifiers"] = identifiers
    try:
        return Identity.model_validate(stated)
    except ValidationError:  # an input of a kind whose fields mean something else
        return Identity(identifiers=identifiers)
