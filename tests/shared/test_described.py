"""What the flow tests hold every answer against notices what no document describes."""

import httpx
import pytest
from pydantic import ValidationError

from tests.support.described import as_described

NOW = "2026-03-09T08:00:00Z"
TASK = {"task_id": "t", "person_id": "p", "enrolment_id": "e", "step": "s", "kind": "survey", "status": "waiting"}
PAGE = {"as_of": NOW, "position": "x", "lag": 0, "lag_as_of": NOW, "next": None}
URL = "http://careloop/followup/v1/tasks?person=p"


async def tasks(status: int = 200, media: str = "application/json", **body: object) -> None:
    headers = {"content-type": media}
    await as_described(httpx.Response(status, json=body, headers=headers, request=httpx.Request("GET", URL)))


async def test_an_answer_with_the_fields_of_its_model_is_as_described() -> None:
    await tasks(data=[{**TASK, "due": NOW, "changed": NOW}], **PAGE)


async def test_a_field_that_the_model_does_not_name_is_noticed() -> None:
    with pytest.raises(ValidationError, match="surprise"):
        await tasks(data=[{**TASK, "due": NOW, "changed": NOW, "surprise": 1}], **PAGE)


async def test_a_problem_that_the_operation_does_not_list_is_noticed() -> None:
    await tasks(404, "application/problem+json", type="/problems/person-unknown")
    with pytest.raises(AssertionError, match="does not describe 404 /problems/case-unknown"):
        await tasks(404, "application/problem+json", type="/problems/case-unknown")
    with pytest.raises(AssertionError, match="does not describe 409"):
        await tasks(409, "application/problem+json", type="/problems/person-unknown")
