"""The routes of ops. Generated from docs/reference/openapi/ops.json: never edit it."""

from urllib.parse import quote

from careloop_client.calling import Caller
from careloop_client.ops import models


class Ops(Caller):
    """The routes of ops."""

    async def get_status(
        self,
    ) -> models.SystemStatus:
        """Get readiness, lag and position of every process.

        Scope `ops:read`.
        """
        return await self._call(
            "GET",
            "/v1/status",
            models.SystemStatus,
        )

    async def list_checks(
        self,
    ) -> models.CheckList:
        """List what `careloop doctor` checks: broker, topics, groups, database, keys, authentication, processes.

        What settings leave open is not among it: a process that has such a fault does not start.

        Scope `ops:read`.
        """
        return await self._call(
            "GET",
            "/v1/checks",
            models.CheckList,
        )

    async def find_trace(
        self,
        *,
        id: str,
    ) -> models.TraceAnswer:
        """Find what caused a record, and what it caused: ids and outcomes, no names and no texts.

        Scope `ops:read`.

        Problems: `trace-unknown`.
        """
        return await self._call(
            "GET",
            "/v1/traces",
            models.TraceAnswer,
            query={
                "id": id,
            },
        )

    async def list_dead_letters(
        self,
        *,
        reader: str | None = None,
        reason: str | None = None,
        redriven: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.LetterPage:
        """List dead letters, the newest first, without their contents; of a long detail its beginning.

        Scope `ops:read`.
        """
        return await self._call(
            "GET",
            "/v1/dead-letters",
            models.LetterPage,
            query={
                "reader": reader,
                "reason": reason,
                "redriven": redriven,
                "limit": limit,
                "cursor": cursor,
            },
        )

    async def get_dead_letter(
        self,
        id: str,
    ) -> models.Letter:
        """Get a dead letter without its content.

        Scope `ops:read`.

        Problems: `dead-letter-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/dead-letters/{quote(id, safe='')}",
            models.Letter,
        )

    async def get_dead_letter_content(
        self,
        id: str,
    ) -> models.LetterContent:
        """Get what was refused, decrypted. It may hold personal data: who looked is on record.

        Scope `ops:read`.

        Problems: `dead-letter-unknown`, `original-gone`, `keys-unusable`.
        """
        return await self._call(
            "GET",
            f"/v1/dead-letters/{quote(id, safe='')}/content",
            models.LetterContent,
        )

    async def redrive_dead_letter(
        self,
        id: str,
        body: models.Repair,
    ) -> models.Redriven:
        """Send a dead letter again, repaired or as it is, in the way that fits the consumer that refused it.

        A record that a read model refused is not sent again: the problem's `detail` names the collections to rebuild.

        Scope `ops:write`.

        Problems: `repair-not-taken`, `sender-changed`, `dead-letter-unknown`, `letter-refused-again`, `keys-unusable`.
        """
        return await self._call(
            "POST",
            f"/v1/dead-letters/{quote(id, safe='')}/redrive",
            models.Redriven,
            body=body,
        )

    async def list_collections(
        self,
    ) -> models.CollectionNames:
        """List the collections that can be rebuilt.

        Scope `ops:read`.
        """
        return await self._call(
            "GET",
            "/v1/collections",
            models.CollectionNames,
        )

    async def list_rebuilds(
        self,
    ) -> models.RebuildList:
        """List the last rebuilds, the newest first.

        Scope `ops:read`.
        """
        return await self._call(
            "GET",
            "/v1/rebuilds",
            models.RebuildList,
        )

    async def start_rebuild(
        self,
        body: models.NewRebuild,
    ) -> models.RebuildState:
        """Start the rebuild of a collection from the log; services run on meanwhile. One runs at a time.

        Documents are compared, and if one differs nothing is swapped unless `force` is set. Who asked, and for
        what, is on record before it starts.

        Scope `ops:write`.

        Problems: `collection-unknown`, `rebuild-running`.
        """
        return await self._call(
            "POST",
            "/v1/rebuilds",
            models.RebuildState,
            body=body,
        )

    async def get_rebuild(
        self,
        id: str,
    ) -> models.RebuildState:
        """Get a rebuild: how far it is, or how it ended.

        Scope `ops:read`.

        Problems: `rebuild-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/rebuilds/{quote(id, safe='')}",
            models.RebuildState,
        )
