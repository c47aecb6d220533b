"""The tasks of all people over HTTP: by what is due, filtered, counted, and only those whom the reader may see."""

from datetime import timedelta

from careloop_client.contacts.models import Named
from careloop_client.followup.models import Task
from deploy.demo.director import Director
from tests.flows.test_access import Somebody, answered, somebody
from tests.support.systems import Patient, discharged

__all__ = ["somebody"]


async def listed(director: Director, limit: int, **fields: object) -> list[Task]:
    """All tasks by what is due first, page by page."""
    rows: list[Task] = []
    cursor: str | None = None
    while True:
        page = await director.careloop.followup.list_tasks(
            sort="due",
            limit=limit,
            cursor=cursor,
            **fields,  # type: ignore[arg-type]
        )
        rows += page.data
        cursor = page.next
        if cursor is None:
            return rows


async def test_the_list_has_every_task_once_in_order_with_its_plan_and_department(director: Director) -> None:
    people = [await discharged(director, Patient.new()) for _ in range(2)]
    await director.rest()
    followup, begin = director.careloop.followup, director.clock()
    mine = [task for each in people for task in (await followup.list_tasks(person=each)).data]
    last = max(task.due for task in mine) + timedelta(seconds=1)
    span = {"status": "waiting", "due_from": begin, "due_until": last}
    for limit in (1, 100):
        rows = await listed(director, limit, **span)
        assert [row.due for row in rows] == sorted(row.due for row in rows)
        assert len({row.task_id for row in rows}) == len(rows)
        assert {task.task_id for task in mine} <= {row.task_id for row in rows}
    assert {(task.plan != "", task.department) for task in mine} == {(True, "CARD")}
    assert await listed(director, 100, department="NOWHERE") == []
    assert await listed(director, 100, plan="none") == []
    surveys = await listed(director, 100, plan=mine[0].plan, department="CARD", kind="survey", **span)
    assert {row.kind for row in surveys} == {"survey"}
    counts = (await followup.count_tasks(department="CARD", due_from=begin, due_until=last)).data
    assert counts.waiting == len([row for row in await listed(director, 100, **span) if row.department == "CARD"])
    names = (await director.careloop.contacts.name_persons(Named(person_ids=people))).data
    assert {each.person_id for each in names} == set(people)


async def test_a_nurse_of_another_department_sees_none_of_them_and_none_of_their_names(
    director: Director, somebody: Somebody
) -> None:
    person = await discharged(director, Patient.new())
    await director.rest()
    mine, theirs = somebody("an", "nurse", "CARD"), somebody("bo", "nurse", "NEUR")
    for nurse, sees in ((mine, True), (theirs, False)):
        _, page = await answered(nurse, "/followup/v1/tasks?sort=due&limit=500&status=waiting")
        assert (person in {row["person_id"] for row in page["data"]}) == sees
        named = await nurse.post("/contacts/v1/persons/names", json={"person_ids": [person]})
        assert ([each["person_id"] for each in named.json()["data"]] == [person]) == sees
        _, counts = await answered(nurse, "/followup/v1/task-counts?department=CARD")
        assert (counts["data"]["waiting"] > 0) == sees
