"""What checkpoints hold of a person as text reads as what it says."""

from services.followup.state import Enrolment, Reason, Task
from shared.contracts.base import stored
from shared.definition_ref import Ref

ENROLMENT = {
    "plan": "plan/hip/3",
    "visit_id": "V",
    "department": "D",
    "doctor": "",
    "about": "p",
    "began": "2026-03-08T09:00:00Z",
}
TASK = {"enrolment_id": "e", "step": "ask", "reason": "survey-not-published:happy", "survey": ""}


def test_an_enrolment_has_its_plan() -> None:
    enrolment = stored(Enrolment, ENROLMENT)
    assert enrolment.plan == Ref("plan", "hip", 3)
    assert enrolment.model_dump(mode="json")["plan"] == "plan/hip/3"


def test_a_task_has_the_reason_why_it_was_cancelled() -> None:
    task = stored(Task, TASK)
    assert task.reason == Reason("survey-not-published", "happy")
    assert task.model_dump(mode="json")["reason"] == "survey-not-published:happy"
    assert (Reason.of(""), Reason.of("died")) == (Reason(), Reason("died"))


def test_a_task_has_the_version_of_the_survey_that_was_sent() -> None:
    for text, survey in (("survey/happy/2", Ref("survey", "happy", 2)), ("", None)):
        task = stored(Task, {**TASK, "survey": text})
        assert (task.survey, task.model_dump(mode="json")["survey"]) == (survey, text)
