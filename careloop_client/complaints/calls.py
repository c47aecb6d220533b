"""The routes of complaints. Generated from docs/reference/openapi/complaints.json: never edit it."""

from typing import Literal
from urllib.parse import quote

from careloop_client.calling import Caller
from careloop_client.complaints import models


class Complaints(Caller):
    """The routes of complaints."""

    async def open_case(
        self,
        body: models.NewCase,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Open a case for the lead record of the human. `aggregate` in the answer is the case id.

        Scope `complaints:write`.
        """
        return await self._call(
            "POST",
            "/v1/cases",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def list_cases(
        self,
        *,
        person: str | None = None,
        status: str | None = None,
        sort: Literal["id", "due"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        department: str | None = None,
        severity: str | None = None,
        assignee: str | None = None,
        unassigned: bool | None = None,
        purpose_of_use: str | None = None,
    ) -> models.CasePage:
        """List cases, of a human (under any record) or by a filter; `next` is the cursor of the next page.

        Scope `complaints:read`.
        """
        return await self._call(
            "GET",
            "/v1/cases",
            models.CasePage,
            query={
                "person": person,
                "status": status,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
                "department": department,
                "severity": severity,
                "assignee": assignee,
                "unassigned": unassigned,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def assign_case(
        self,
        case_id: str,
        body: models.Assignment,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Assign the case; this stops the response clock.

        Scope `complaints:handle`.

        Problems: `case-unknown`, `case-already-resolved`, `case-changed`.
        """
        return await self._call(
            "POST",
            f"/v1/cases/{quote(case_id, safe='')}/assignment",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def resolve_case(
        self,
        case_id: str,
        body: models.Resolution,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Resolve the case; this stops every clock.

        Scope `complaints:handle`.

        Problems: `case-unknown`, `case-already-resolved`, `case-changed`.
        """
        return await self._call(
            "POST",
            f"/v1/cases/{quote(case_id, safe='')}/resolution",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def count_cases(
        self,
        *,
        min_position: str | None = None,
        department: str | None = None,
        severity: str | None = None,
        assignee: str | None = None,
        unassigned: bool | None = None,
        purpose_of_use: str | None = None,
    ) -> models.OneCaseCounts:
        """Count cases by status.

        Scope `complaints:read`.
        """
        return await self._call(
            "GET",
            "/v1/case-counts",
            models.OneCaseCounts,
            query={
                "min_position": min_position,
                "department": department,
                "severity": severity,
                "assignee": assignee,
                "unassigned": unassigned,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def get_case(
        self,
        case_id: str,
        *,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.OneCase:
        """Get one case.

        Scope `complaints:read`.

        Problems: `case-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/cases/{quote(case_id, safe='')}",
            models.OneCase,
            query={
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def list_case_history(
        self,
        case_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.CaseStepPage:
        """List what happened to a case, oldest first.

        Scope `complaints:read`.

        Problems: `case-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/cases/{quote(case_id, safe='')}/history",
            models.CaseStepPage,
            query={
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def get_command(
        self,
        id: str,
    ) -> models.CommandDone:
        """Get the outcome of a command.

        Scope `complaints:read`.

        Problems: `case-unknown`, `case-already-resolved`, `case-changed`.
        """
        return await self._call(
            "GET",
            f"/commands/{quote(id, safe='')}",
            models.CommandDone,
        )
