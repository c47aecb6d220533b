"""Response models of the requests API."""

from pydantic import AwareDatetime

from services.his_adapter.requests.state import Status
from shared.answers import Answer
from shared.contracts import his_asks as asks
from shared.contracts import his_requests as contract
from shared.contracts.base import Personal


class SlotsAnswer(Answer):
    """The open slots that the hospital system returned at `as_of`; `endpoint` is the definition that was asked."""

    data: list[asks.Slot]
    endpoint: str
    as_of: AwareDatetime


class RequestShown(Answer):
    """A request and the hospital system's answer. If `accepted` is false, it refused and `reason` is a slug.

    An `overdue` request is a work item of `department`; `done` is the result that was entered when it was closed.
    """

    request_id: str
    person_id: str
    asked_by: str
    action: asks.Action
    status: Status
    endpoint: str
    attempts: int
    asked: AwareDatetime
    changed: AwareDatetime
    answer_by: AwareDatetime
    until: AwareDatetime | None = None
    subject: asks.Subject
    ask: asks.Ask
    reason: str | None = None
    accepted: bool | None = None
    detail: Personal[str] = None
    answer: contract.HospitalAnswer | None = None
    department: str | None = None
    retried_by: str | None = None
    closed_by: str | None = None
    done: bool | None = None
    note: Personal[str] = None
