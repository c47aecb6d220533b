"""What requests answer with."""

from pydantic import AwareDatetime

from services.his_adapter.requests.state import Status
from shared.answers import Answer
from shared.contracts import his_requests as told
from shared.contracts.base import Personal


class SlotsAnswer(Answer):
    """The open times that the hospital system gave just now, through which endpoint."""

    data: list[told.Slot]
    endpoint: str
    as_of: AwareDatetime


class RequestShown(Answer):
    """A request and what the hospital system answered; `accepted` false: it refused, `reason` is a slug.

    `overdue` ones wait for somebody: `department` is whose, `done` says how it was settled by hand.
    """

    request_id: str
    person_id: str
    asked_by: str
    action: told.Action
    status: Status
    endpoint: str
    attempts: int
    asked: AwareDatetime
    changed: AwareDatetime
    answer_by: AwareDatetime
    until: AwareDatetime | None = None
    subject: told.Subject
    ask: told.Ask
    reason: str | None = None
    accepted: bool | None = None
    detail: Personal[str] = None
    answer: told.Answer | None = None
    department: str | None = None
    retried_by: str | None = None
    closed_by: str | None = None
    done: bool | None = None
    note: Personal[str] = None
