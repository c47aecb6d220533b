"""Database queries of the 360, of its timeline, and of persons by identifier."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.contacts.person_360.clinical import SECTIONS, ClinicalFacts
from services.contacts.person_360.composing import READ_FROM_EVENTS, compose, who
from services.contacts.person_360.projections import NOBODY, OWN, PERSON_360
from services.contacts.person_360.timeline import ORDER
from shared.access import Reader, masked
from shared.bus.topics import topic_name
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.opening import opened
from shared.problems import Problem
from shared.projector import Item
from shared.projector.folding import by_document, fold

NEWEST_FIRST = [(name, -1) for name in ORDER]


class People:
    """Reads the collections of contacts."""

    def __init__(self, deps: Deps) -> None:
        self._deps, self._db = deps, deps.database

    async def cluster(self, person_id: str) -> list[str]:
        """The person ids of all records of this human."""
        row = await self._db["clusters"].find_one({"_id": person_id})
        return list(row["cluster"]) if row else [person_id]

    async def need(self, person_id: str) -> None:
        """Raise a 404 problem unless the person is registered (or was, before an erasure)."""
        if not await self._db["person_360"].find_one({"_id": person_id}, {"_id": 1}):
            raise Problem(404, "person-unknown", f"there is no person {person_id}: look them up by identifier first")

    async def by_identifier(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """The persons who have any of the identifier HMACs `keys`."""
        rows = self._db["identities"].find({"_id": {"$in": list(keys)}})
        return await self.named([person async for row in rows for person in row["persons"]])

    async def named(self, persons: Sequence[str]) -> list[dict[str, Any]]:
        """`person_id` and `identity` of each record."""
        rows = self._db["person_360"].find({"_id": {"$in": list(persons)}})
        return [{"person_id": row["_id"], "identity": who([row])["identity"]} async for row in rows]

    async def compose_360(
        self,
        person_id: str,
        as_of: datetime | None,
        known_at: datetime | None,
        sections: Collection[str] = READ_FROM_EVENTS.keys(),
    ) -> dict[str, Any]:
        """The 360 of the human, at a point in time if `as_of` or `known_at` is given. Raises a 404 problem.

        Of the sections that are read from events only `sections` are read; the fields of the others are left out.
        """
        await self.need(person_id)
        cluster = await self.cluster(person_id)
        records = [row async for row in self._db["person_360"].find({"_id": {"$in": cluster}})]
        where: dict[str, Any] = {"person_id": {"$in": cluster}}
        where |= {"time": {"$lte": as_of}} if as_of else {}
        where |= {"recorded": {"$lte": known_at}} if known_at else {}
        if as_of or known_at:
            records = await self._records_then(records, where)
        timeline = await self._timeline(where) if "timeline" in sections else []
        human = compose(person_id, cluster, records, timeline, await self._clinical(where, sections))
        left_out = {
            field for section, fields in READ_FROM_EVENTS.items() if section not in sections for field in fields
        }
        return {name: value for name, value in human.items() if name not in left_out}

    async def _records_then(self, now: list[dict[str, Any]], where: dict[str, Any]) -> list[dict[str, Any]]:
        """The records at a point in time: folds the timeline events that match `where`. Merges are those of today."""
        own_events = {**where, "type": {"$in": [model.wire for model in OWN]}}
        rows = [row async for row in self._db["timeline"].find(own_events).sort("sequence", 1)]
        topic, erased = topic_name("contacts", "events"), {row["_id"] for row in now if row.get("erased")}
        events = zip(rows, await opened(self._deps.codec, rows), strict=True)
        items = [Item(topic, 0, at, row["event"], None, envelope) for at, (row, envelope) in enumerate(events)]
        folded = [row for row in fold(PERSON_360, by_document(PERSON_360, items), {}).values() if row]
        return [{**row, **NOBODY, "erased": True} if row["_id"] in erased else row for row in folded]

    async def _clinical(self, where: dict[str, Any], sections: Collection[str]) -> ClinicalFacts:
        """The clinical facts for these sections among the timeline events that match `where`."""
        rows, incomplete = list[dict[str, Any]](), list[str]()
        for section, (types, most) in SECTIONS.items():
            if section not in sections:
                continue
            of_section = {**where, "type": {"$in": [model.wire for model in types]}}
            newest = self._db["timeline"].find(of_section).sort(NEWEST_FIRST).limit(most + 1)
            matching = [row async for row in newest]
            rows += matching[:most][::-1]
            incomplete += [section] if len(matching) > most else []
        facts = tuple(each.data for each in await opened(self._deps.codec, rows))
        return ClinicalFacts(facts, ZoneInfo(self._deps.settings.hospital.zone), tuple(incomplete))

    async def _timeline(self, where: dict[str, Any]) -> list[dict[str, Any]]:
        newest = self._db["timeline"].find(where).sort(NEWEST_FIRST).limit(500)
        rows = [row async for row in newest][::-1]
        return [shown(row, event) for row, event in zip(rows, await opened(self._deps.codec, rows), strict=True)]


async def names_for(reader: Reader, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name, birth date and sex of those whom the caller may read; the others are left out."""
    readable = await reader.readable(people)
    fields = ("name", "birth_date", "sex")
    return [
        {"person_id": each["person_id"], **{name: each["identity"].get(name) for name in fields}} for each in readable
    ]


async def as_allowed(reader: Reader, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The persons of a search result as the caller may read them: in full, masked, or left out."""
    verdicts = await reader.verdicts({person["person_id"] for person in people})
    reader.seen.add(person for person, verdict in verdicts.items() if verdict != "none")
    shown = []
    for person in people:
        match verdicts[person["person_id"]]:
            case "full":
                shown.append(person)
            case "masked":
                identity = masked(person["identity"])
                shown.append({"person_id": person["person_id"], "identity": identity, "masked": True})
    return shown


def shown(row: dict[str, Any], event: Envelope[Any]) -> dict[str, Any]:
    """A timeline entry: person id, time of the event, time it was recorded, type and data."""
    return {
        "event_id": row["_id"],
        "person_id": row["person_id"],
        "time": event.time.isoformat(),
        "recorded": event.recorded.isoformat(),
        "type": row["type"],
        "data": event.data.model_dump(mode="json", exclude={"at", "person_id"}),
    }
