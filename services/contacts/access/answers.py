"""What the privacy officer is answered: reviews of emergency access, and the access log."""

from typing import Literal

from pydantic import AwareDatetime

from shared.actor import AuthType
from shared.answers import Answer
from shared.contracts.audit import PurposeOfUse
from shared.contracts.base import Personal


class AccessReview(Answer):
    """Who broke the glass of whom and why, and what the privacy officer thinks of it."""

    review_id: str
    person_id: str
    broken_by: str
    broken: AwareDatetime
    until: AwareDatetime
    status: Literal["open", "decided"]
    reason: Personal[str] = None
    justified: bool | None = None
    reviewed_by: str | None = None
    reviewed: AwareDatetime | None = None
    note: Personal[str] = None


class Access(Answer):
    """One look: who was shown or refused what, of whom; `more` counts persons beyond those named."""

    access_id: str
    at: AwareDatetime
    reader: str
    reader_type: AuthType
    service: str
    route: str
    purpose: PurposeOfUse
    result: Literal["shown", "refused"]
    persons: list[str]
    more: int
    resources: list[str]
