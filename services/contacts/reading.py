"""What contacts' API asks its database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from services.contacts.projections import NOBODY, ORDER, OWN, PERSON_360
from services.contacts.view import compose, who
from shared.access import Reader, masked
from shared.bus.topics import topic_name
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.opening import opened
from shared.problems import Problem
from shared.projector import Item
from shared.projector.folding import by_document, fold


class People:
    """Reads the collections of contacts."""

    def __init__(self, deps: Deps) -> None:
        self._deps, self._db = deps, deps.database

    async def cluster(self, person_id: str) -> list[str]:
        """All records of this human."""
        found = await self._db["clusters"].find_one({"_id": person_id})
        return list(found["cluster"]) if found else [person_id]

    async def need(self, person_id: str) -> None:
        """Returns for somebody who is registered, or was until they were erased. Raises a 404 problem."""
        if not await self._db["person_360"].find_one({"_id": person_id}, {"_id": 1}):
            raise Problem(404, "person-unknown", f"there is no person {person_id}: look them up by identifier first")

    async def by_identifier(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """The people that any of an identifier's HMACs was given for."""
        found = self._db["identities"].find({"_id": {"$in": list(keys)}})
        return await self.named([person async for row in found for person in row["persons"]])

    async def named(self, persons: Sequence[str]) -> list[dict[str, Any]]:
        """Records, each with who it says it is."""
        rows = self._db["person_360"].find({"_id": {"$in": list(persons)}})
        return [{"person_id": row["_id"], "identity": who([row])["identity"]} async for row in rows]

    async def view(self, person_id: str, as_of: datetime | None, known_at: datetime | None) -> dict[str, Any]:
        """The 360. Raises a 404 problem."""
        await self.need(person_id)
        cluster = await self.cluster(person_id)
        records = [row async for row in self._db["person_360"].find({"_id": {"$in": cluster}})]
        where: dict[str, Any] = {"person_id": {"$in": cluster}}
        where |= {"time": {"$lte": as_of}} if as_of else {}
        where |= {"recorded": {"$lte": known_at}} if known_at else {}
        if as_of or known_at:
            records = await self._records_then(records, where)
        return compose(person_id, cluster, records, await self._timeline(where))

    async def _records_then(self, now: list[dict[str, Any]], where: dict[str, Any]) -> list[dict[str, Any]]:
        """The records as of then: the same fold over the events that count. Who is one human is told by today."""
        mine = {**where, "type": {"$in": [model.wire for model in OWN]}}
        rows = [row async for row in self._db["timeline"].find(mine).sort("sequence", 1)]
        topic, forgotten = topic_name("contacts", "events"), {row["_id"] for row in now if row.get("erased")}
        found = zip(rows, await opened(self._deps.codec, rows), strict=True)
        items = [Item(topic, 0, at, row["event"], None, envelope) for at, (row, envelope) in enumerate(found)]
        folded = [row for row in fold(PERSON_360, by_document(PERSON_360, items), {}).values() if row]
        return [{**row, **NOBODY, "erased": True} if row["_id"] in forgotten else row for row in folded]

    async def _timeline(self, where: dict[str, Any]) -> list[dict[str, Any]]:
        newest = self._db["timeline"].find(where).sort([(name, -1) for name in ORDER]).limit(500)
        rows = [row async for row in newest][::-1]
        return [shown(row, event) for row, event in zip(rows, await opened(self._deps.codec, rows), strict=True)]


async def as_allowed(reader: Reader, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The people of a search as the caller may see them: whole, masked, or not at all."""
    verdicts = await reader.verdicts({each["person_id"] for each in people})
    reader.seen.add(person for person, verdict in verdicts.items() if verdict != "none")
    shown = []
    for each in people:
        match verdicts[each["person_id"]]:
            case "full":
                shown.append(each)
            case "masked":
                shown.append({"person_id": each["person_id"], "identity": masked(each["identity"]), "masked": True})
    return shown


def candidates(row: dict[str, Any]) -> list[str]:
    """Whom a question is about."""
    return list(row["candidates"])


class Reviews:
    """What waits for a person to say who is who."""

    def __init__(self, deps: Deps, people: People) -> None:
        self._deps, self._people = deps, people

    async def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """A question with its candidates, and what the input says of itself."""
        age = self._deps.clock() - row["since"].replace(tzinfo=row["since"].tzinfo or UTC)
        [event] = await opened(self._deps.codec, [row])
        return {
            "id": row["_id"],
            "kind": row["kind"],
            "candidates": await self._people.named(row["candidates"]),
            "reasons": row["reasons"],
            "since": row["since"].isoformat(),
            "age_seconds": int(age.total_seconds()),
            "input": getattr(event.data, "carried", None),
        }


def shown(row: dict[str, Any], event: Envelope[Any]) -> dict[str, Any]:
    """An entry of the timeline: the record it stands under, when it happened, when it was known, what it says."""
    return {
        "event_id": row["_id"],
        "person_id": row["person_id"],
        "time": event.time.isoformat(),
        "recorded": event.recorded.isoformat(),
        "type": row["type"],
        "data": event.data.model_dump(mode="json", exclude={"at", "person_id"}),
    }
