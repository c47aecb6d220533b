"""The routes of followup. Generated from docs/reference/openapi/followup.json: never edit it."""

from datetime import datetime
from typing import Literal
from urllib.parse import quote

from careloop_client.calling import Caller
from careloop_client.followup import models


class Followup(Caller):
    """The routes of followup."""

    async def list_tasks(
        self,
        *,
        person: str | None = None,
        status: str | None = None,
        sort: Literal["id", "due", "-due"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        kind: Literal["reminder", "survey"] | None = None,
        plan: str | None = None,
        department: str | None = None,
        due_from: datetime | None = None,
        due_until: datetime | None = None,
        alarm: bool | None = None,
        purpose_of_use: str | None = None,
    ) -> models.TaskPage:
        """List tasks, of a human (under any record) or by a filter; `next` is the cursor of the next page.

        Scope `followup:read`.
        """
        return await self._call(
            "GET",
            "/v1/tasks",
            models.TaskPage,
            query={
                "person": person,
                "status": status,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
                "kind": kind,
                "plan": plan,
                "department": department,
                "due_from": due_from,
                "due_until": due_until,
                "alarm": alarm,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def count_tasks(
        self,
        *,
        status: str | None = None,
        min_position: str | None = None,
        kind: Literal["reminder", "survey"] | None = None,
        plan: str | None = None,
        department: str | None = None,
        due_from: datetime | None = None,
        due_until: datetime | None = None,
        alarm: bool | None = None,
        purpose_of_use: str | None = None,
    ) -> models.OneTaskCounts:
        """Count tasks by status; with `status` in these alone, and the others are 0.

        Scope `followup:read`.
        """
        return await self._call(
            "GET",
            "/v1/task-counts",
            models.OneTaskCounts,
            query={
                "status": status,
                "min_position": min_position,
                "kind": kind,
                "plan": plan,
                "department": department,
                "due_from": due_from,
                "due_until": due_until,
                "alarm": alarm,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def stop_plans(
        self,
        person_id: str,
        body: models.Stop,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Cancel the tasks of a person that are not done yet.

        Scope `followup:write`.
        """
        return await self._call(
            "POST",
            f"/v1/persons/{quote(person_id, safe='')}/stop",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def get_command(
        self,
        id: str,
    ) -> models.CommandDone:
        """Get the outcome of a command.

        Scope `followup:read`.

        Problems: `score-invalid`, `survey-answered`, `survey-not-open`.
        """
        return await self._call(
            "GET",
            f"/commands/{quote(id, safe='')}",
            models.CommandDone,
        )
