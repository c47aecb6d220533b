"""Policies: alarming survey answers, and work that hospital systems leave to people → commands of complaints."""

from typing import Any, assert_never

from services.complaints.commands import UNRATED, OpenCase, ResolveCase
from shared.contracts.base import Command
from shared.contracts.complaints import Severity
from shared.contracts.followup import SurveyAnswered
from shared.contracts.his_packets import GapFilled, GapFound
from shared.contracts.his_requests import RequestAnswered, RequestClosed, RequestTimedOut
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, caused


def _react(envelope: Envelope[SurveyAnswered], definitions: Definitions) -> list[Command]:
    """Open a case for an answer that raised an alarm. The case id derives from the event, so it opens once."""
    answer = envelope.data
    if not answer.alarm:
        return []
    return [
        OpenCase(
            id=caused(envelope, "complaints", "open"),
            at=answer.at,
            case_id=derive(envelope.id, "case"),
            person_id=answer.person_id,
            category="dissatisfaction",
            severity=answer.severity or _default_severity(answer),
            source="survey",
            source_id=answer.task_id,
            department=answer.department,
            score=answer.score,
            description=answer.comment,
        )
    ]


def _default_severity(answer: SurveyAnswered) -> Severity:
    """The severity of an answer of older versions, whose event does not have it."""
    return "high" if answer.score == 1 else "medium"


def _order(envelope: Envelope[RequestTimedOut | GapFound], definitions: Definitions) -> list[Command]:
    """Open a work order for an unanswered request or a gap in a packet; the case id derives from it."""
    event = envelope.data
    if isinstance(event, GapFound):
        subject, description = (
            f"{event.packet_id}/{event.item}",
            f"{event.formality}: {' / '.join(event.titles.values())}",
        )
    else:
        subject = f"{event.request_id}/{event.round}"
        description = f"{event.action}: {event.reason} after {event.attempts} attempts"
    return [
        OpenCase(
            id=caused(envelope, "complaints", "order"),
            at=event.at,
            case_id=_case_of(subject, envelope),
            person_id=event.person_id,
            category="work-order",
            severity=UNRATED,
            source="hospital",
            source_id=subject,
            department=event.department,
            description=description,
        )
    ]


def _done(envelope: Envelope[RequestAnswered | RequestClosed | GapFilled], definitions: Definitions) -> list[Command]:
    """Resolve the work order of a filled gap, or those of a request in every round in which it timed out."""
    event: RequestAnswered | RequestClosed | GapFilled = envelope.data
    match event:
        case GapFilled():
            subjects, resolved_by, resolution = [f"{event.packet_id}/{event.item}"], event.filled_by, "filled"
        case RequestClosed():
            subjects, resolved_by, resolution = _rounds(event), event.closed_by, event.note or "settled"
        case RequestAnswered() if event.late and event.accepted:
            subjects, resolved_by, resolution = _rounds(event), "hospital", "answered after all"
        case RequestAnswered():
            return []
        case _:
            assert_never(event)
    return [
        ResolveCase(
            id=caused(envelope, "complaints", subject),
            at=event.at,
            case_id=_case_of(subject, envelope),
            resolved_by=resolved_by,
            resolution=resolution,
            person_id=event.person_id,
        )
        for subject in subjects
    ]


def _rounds(event: RequestAnswered | RequestClosed) -> list[str]:
    return [f"{event.request_id}/{round}" for round in range(1, event.round + 1)]


def _case_of(subject: str, envelope: Envelope[Any]) -> str:
    return derive("work-order", envelope.data.person_id, subject)


POLICIES = (
    Policy("listen", ("followup",), (SurveyAnswered,), _react, "complaints"),
    Policy("order", ("his-requests", "his-packets"), (RequestTimedOut, GapFound), _order, "complaints"),
    Policy("done", ("his-requests", "his-packets"), (RequestAnswered, RequestClosed, GapFilled), _done, "complaints"),
)
