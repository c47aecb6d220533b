"""What contacts' API asks its database."""

from datetime import datetime
from typing import Any

from services.contacts.projections import ORDER
from services.contacts.view import compose
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.opening import opened
from shared.problems import Problem


class People:
    """Reads the collections of contacts."""

    def __init__(self, deps: Deps) -> None:
        self._deps, self._db = deps, deps.database

    async def cluster(self, person_id: str) -> list[str]:
        """All records of this human."""
        found = await self._db["clusters"].find_one({"_id": person_id})
        return list(found["cluster"]) if found else [person_id]

    async def by_identifier(self, key: str) -> list[dict[str, Any]]:
        """The people an identifier's HMAC was given for."""
        found = await self._db["identities"].find_one({"_id": key})
        rows = self._db["person_360"].find({"_id": {"$in": found["persons"] if found else []}})
        return [{"person_id": row["_id"], "identity": row["identity"]} async for row in rows]

    async def view(self, person_id: str, as_of: datetime | None, known_at: datetime | None) -> dict[str, Any]:
        """The 360. Raises a 404 problem."""
        cluster = await self.cluster(person_id)
        records = [row async for row in self._db["person_360"].find({"_id": {"$in": cluster}})]
        if not any(row["_id"] == person_id for row in records):
            raise Problem(404, "person-unknown", f"there is no person {person_id}: look them up by identifier first")
        return compose(person_id, cluster, records, await self._timeline(cluster, as_of, known_at))

    async def _timeline(
        self, cluster: list[str], as_of: datetime | None, known_at: datetime | None
    ) -> list[dict[str, Any]]:
        where: dict[str, Any] = {"person_id": {"$in": cluster}}
        where |= {"time": {"$lte": as_of}} if as_of else {}
        where |= {"recorded": {"$lte": known_at}} if known_at else {}
        newest = self._db["timeline"].find(where).sort([(name, -1) for name in ORDER]).limit(500)
        rows = [row async for row in newest][::-1]
        return [_shown(row, event) for row, event in zip(rows, await opened(self._deps.codec, rows), strict=True)]


def _shown(row: dict[str, Any], event: Envelope[Any]) -> dict[str, Any]:
    return {
        "event_id": row["_id"],
        "person_id": row["person_id"],
        "time": event.time.isoformat(),
        "recorded": event.recorded.isoformat(),
        "type": row["type"],
        "data": event.data.model_dump(mode="json", exclude={"at", "person_id"}),
    }
