"""followup's answers → my commands."""

from services.complaints.commands import OpenCase
from shared.contracts.base import Command
from shared.contracts.followup import SurveyAnswered
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, caused


def _react(heard: Envelope[SurveyAnswered], definitions: Definitions) -> list[Command]:
    """An answer that raised the alarm opens a case; the answer names the case, so it opens once."""
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
            severity="high" if answer.score == 1 else "medium",
            source="survey",
            source_id=answer.task_id,
            department=answer.department,
            score=answer.score,
            description=answer.comment,
        )
    ]


LISTEN = Policy("listen", ("followup",), (SurveyAnswered,), _react, "complaints")
POLICIES = (LISTEN,)
