"""The routes of notify. Generated from docs/reference/openapi/notify.json: never edit it."""

from typing import Literal
from urllib.parse import quote

from careloop_client.calling import Caller
from careloop_client.notify import models


class Notify(Caller):
    """The routes of notify."""

    async def list_messages(
        self,
        *,
        person: str | None = None,
        status: Literal[
            "requested",
            "suppressed",
            "deferred",
            "claimed",
            "sending",
            "sent",
            "retrying",
            "failed",
            "unknown",
            "delivered",
            "bounced",
        ]
        | None = None,
        sort: Literal["newest"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.MessagePage:
        """List messages, about a human (any record) or in a status; `next` is the cursor of the next page.

        They come by id, or with `sort=newest` by the time they were requested, the latest first.

        Scope `notify:read`.
        """
        return await self._call(
            "GET",
            "/v1/messages",
            models.MessagePage,
            query={
                "person": person,
                "status": status,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def settle_message(
        self,
        message_id: str,
        body: models.Settlement,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Say whether a message of unknown result arrived. If not, it is sent once more if it still may be.

        Scope `notify:settle`.

        Problems: `message-unknown`, `message-settled`.
        """
        return await self._call(
            "POST",
            f"/v1/messages/{quote(message_id, safe='')}/settlement",
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

        Scope `notify:read`.

        Problems: `message-unknown`, `attempt-settled`, `message-settled`.
        """
        return await self._call(
            "GET",
            f"/commands/{quote(id, safe='')}",
            models.CommandDone,
        )
