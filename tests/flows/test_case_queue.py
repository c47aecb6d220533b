"""The queue of complaint cases over HTTP: in order, filtered, counted, with the history of each."""

from uuid import uuid4

import pytest

from careloop_client.calling import ProblemAnswered
from careloop_client.complaints.models import Assignment, Case, NewCase, Resolution
from deploy.demo.director import Director
from tests.support.systems import Patient, discharged


async def opened(director: Director, person: str, department: str, **fields: str) -> str:
    """The id of a case that is opened in a department."""
    values = {"category": "complaint", "severity": "medium", "source": "desk", "description": "慢", **fields}
    case = NewCase.model_validate({"person_id": person, "department": department, **values})
    return (await director.careloop.complaints.open_case(case)).aggregate


async def queue(director: Director, department: str, limit: int = 100, **fields: object) -> list[Case]:
    """All cases of a department by what is due next, page by page."""
    rows: list[Case] = []
    cursor: str | None = None
    while True:
        page = await director.careloop.complaints.list_cases(
            department=department,
            sort="due",
            limit=limit,
            cursor=cursor,
            **fields,  # type: ignore[arg-type]
        )
        rows += page.data
        cursor = page.next
        if cursor is None:
            return rows


async def test_a_queue_is_in_order_of_what_is_due_next_and_counted(director: Director) -> None:
    department = uuid4().hex[:8]
    person = await discharged(director, Patient.new())
    without = await opened(director, person, department, category="suggestion", severity="low")
    first = await opened(director, person, department)
    second = await opened(director, person, department, severity="high")
    await director.rest()
    cases = director.careloop.complaints
    for limit in (1, 2, 100):
        rows = await queue(director, department, limit)
        assert {rows[0].case_id, rows[1].case_id} == {first, second}
        assert (rows[2].case_id, rows[2].next_due) == (without, None)
    await cases.assign_case(first, Assignment(assignee="zhou"))
    done = await cases.resolve_case(second, Resolution(resolution="谢谢"))
    await director.rest()
    left = await queue(director, department, status="open,assigned")
    assert [(each.case_id, each.status) for each in left] == [(first, "assigned"), (without, "open")]
    assert {each.case_id for each in await queue(director, department, severity="low,high")} == {without, second}
    assert [each.case_id for each in await queue(director, department, assignee="zhou")] == [first]
    assert first not in [each.case_id for each in await queue(director, department, unassigned=True)]
    counts = (await cases.count_cases(department=department, min_position=done.position)).data
    assert (counts.open, counts.assigned, counts.resolved) == (1, 1, 1)


async def test_a_stale_command_is_refused_and_the_history_says_what_happened(director: Director) -> None:
    person = await discharged(director, Patient.new())
    case_id = await opened(director, person, "CARD")
    await director.rest()
    cases = director.careloop.complaints
    seen = (await cases.get_case(case_id)).data.revision
    done = await cases.assign_case(case_id, Assignment(assignee="zhou", seen_revision=seen))
    with pytest.raises(ProblemAnswered) as refused:
        await cases.resolve_case(case_id, Resolution(resolution="晚了", seen_revision=seen))
    assert (refused.value.status, refused.value.slug) == (409, "case-changed")
    history = (await cases.list_case_history(case_id, min_position=done.position)).data
    kinds = [each.type.split(".")[-2] for each in history]
    assert kinds == ["case_opened", "sla_started", "sla_started", "case_assigned"]
    assert (history[-1].assignee, history[-1].actor_id != "") == ("zhou", True)
    page = await cases.list_case_history(case_id, limit=3)
    assert page.next is not None
    [last] = (await cases.list_case_history(case_id, limit=3, cursor=page.next)).data
    assert last == history[-1]
    with pytest.raises(ProblemAnswered) as unknown:
        await cases.list_case_history("nothing")
    assert unknown.value.slug == "case-unknown"
