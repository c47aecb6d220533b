"""The routes of followup. Generated from docs/reference/openapi/followup.json: never edit it."""

from urllib.parse import quote

from careloop_client.calling import Caller
from careloop_client.followup import models


class Followup(Caller):
    """The routes of followup."""

    async def list_tasks(
        self,
        *,
        person: str,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.TaskPage:
        """List the tasks of a human, under any of their records, by id; `next` is the cursor of the next page.

        Scope `followup:read`.
        """
        return await self._call(
            "GET",
            "/v1/tasks",
            models.TaskPage,
            query={
                "person": person,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
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
