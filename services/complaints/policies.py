"""Other services' events → my commands: bad answers, and work that hospital systems leave to people."""

from typing import Any, assert_never

from services.complaints.commands import OpenCase, ResolveCase
from shared.contracts.base import Command
from shared.contracts.complaints import Severity
from shared.contracts.followup import SurveyAnswered
from shared.contracts.his_packets import GapFilled, GapFound
from shared.contracts.his_requests import RequestAnswered, RequestClosed, RequestTimedOut
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, caused


def _react(heard: Envelope[SurveyAnswered], definitions: Definitions) -> list[Command]:
    """An answer that raised the alarm opens a case, as severe as its survey says, and names the case: it opens once."""
    answer = heard.data
    if not answer.alarm:
        return []
    return [
        OpenCase(
            id=caused(heard, "complaints", "open"),
            at=answer.at,
            case_id=derive(heard.id, "case"),
            person_id=answer.person_id,
            category="dissatisfaction",
            severity=answer.severity or _once(answer),
            source="survey",
            source_id=answer.task_id,
            department=answer.department,
            score=answer.score,
            description=answer.comment,
        )
    ]


def _once(answer: SurveyAnswered) -> Severity:
    """How severe an answer was of before its survey said so."""
    return "high" if answer.score == 1 else "medium"


def _order(heard: Envelope[RequestTimedOut | GapFound], definitions: Definitions) -> list[Command]:
    """What a hospital system left open is work for somebody; what it is about names the case."""
    event = heard.data
    if isinstance(event, GapFound):
        thing, what = f"{event.packet_id}/{event.item}", f"{event.formality}: {' / '.join(event.titles.values())}"
    else:
        thing = f"{event.request_id}/{event.round}"
        what = f"{event.action}: {event.reason} after {event.attempts} attempts"
    return [
        OpenCase(
            id=caused(heard, "complaints", "order"),
            at=event.at,
            case_id=_case_of(thing, heard),
            person_id=event.person_id,
            category="work-order",
            severity="medium",
            source="hospital",
            source_id=thing,
            department=event.department,
            description=what,
        )
    ]


def _done(heard: Envelope[RequestAnswered | RequestClosed | GapFilled], definitions: Definitions) -> list[Command]:
    """It is settled, so the work is done: of a request that of every round in which it was an open item."""
    event: RequestAnswered | RequestClosed | GapFilled = heard.data
    match event:
        case GapFilled():
            things, by, how = [f"{event.packet_id}/{event.item}"], event.filled_by, "filled"
        case RequestClosed():
            things, by, how = _rounds(event), event.closed_by, event.note or "settled"
        case RequestAnswered() if event.late and event.accepted:
            things, by, how = _rounds(event), "hospital", "answered after all"
        case RequestAnswered():
            return []
        case _:
            assert_never(event)
    return [
        ResolveCase(
            id=caused(heard, "complaints", thing),
            at=event.at,
            case_id=_case_of(thing, heard),
            resolved_by=by,
            resolution=how,
            person_id=event.person_id,
        )
        for thing in things
    ]


def _rounds(event: RequestAnswered | RequestClosed) -> list[str]:
    return [f"{event.request_id}/{round}" for round in range(1, event.round + 1)]


def _case_of(thing: str, heard: Envelope[Any]) -> str:
    return derive("work-order", heard.data.person_id, thing)


POLICIES = (
    Policy("listen", ("followup",), (SurveyAnswered,), _react, "complaints"),
    Policy("order", ("his-requests", "his-packets"), (RequestTimedOut, GapFound), _order, "complaints"),
    Policy("done", ("his-requests", "his-packets"), (RequestAnswered, RequestClosed, GapFilled), _done, "complaints"),
)
